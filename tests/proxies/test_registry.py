import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from zsbench import proxies
from zsbench.proxies import registry


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY))


FIVE_LINES = '''
from zsbench import proxy

@proxy("my_score", init="gaussian", residual=False, batch="noise", higher_is_better=True)
def my_score(network, batch):
    """Mean absolute response of the last feature map (formula, source, deviations from it)."""
    return network.features(batch.images).abs().mean().item()
'''


def test_the_twelve_of_the_table_are_registered() -> None:
    assert set(proxies.names()) >= {
        *("zen", "entropy", "incorporated_l", "incorporated_s", "incorporated_raw", "flops", "params"),
        *("grad_norm_zen", "synflow_zen", "te_nas_zen", "naswot_zen", "random"),
    }


def test_a_user_file_joins(tmp_path: Path) -> None:
    path = tmp_path / "my_proxy.py"
    path.write_text(FIVE_LINES)
    assert proxies.load_file(path) == ["my_score"]
    assert proxies.load_file(path) == ["my_score"], "loading twice is no conflict"
    entry = proxies.get("my_score")
    assert (entry.init, entry.residual, entry.needs, entry.mode) == ("gaussian", False, "images", "train")
    assert entry.summary.startswith("Mean absolute response")


@pytest.mark.parametrize("decorator", ["", "@torch.no_grad()"])
def test_a_taken_name_is_refused(tmp_path: Path, decorator: str) -> None:
    path = tmp_path / "thief.py"
    path.write_text("import torch" + FIVE_LINES.replace("my_score", "zen").replace("def ", f"{decorator}\ndef "))
    kept = proxies.get("zen")
    with pytest.raises(ValueError, match="proxy 'zen' is registered already"):
        proxies.load_file(path)
    assert proxies.get("zen") is kept


def test_a_decorated_function_and_a_partial_may_be_registered(tmp_path: Path) -> None:
    path = tmp_path / "decorated.py"
    path.write_text(
        "import functools, torch\nfrom zsbench import proxy\n"
        "@proxy('decorated')\n@torch.no_grad()\ndef decorated(network, batch):\n    return 1.0\n"
        "proxy('partial')(functools.partial(decorated))\n"
    )
    assert proxies.load_file(path) == ["decorated", "partial"]
    assert proxies.load_file(path) == ["decorated", "partial"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = (", "SyntaxError"),
        ("import no_such_module_here", "ModuleNotFoundError: No module named 'no_such_module_here'"),
        ("x = 1", "registers no proxy"),
        ("import sys; sys.exit(0)", "SystemExit: 0"),
    ],
)
def test_a_bad_user_file_is_refused_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.py"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as error:
        proxies.load_file(path)
    assert "\n" not in str(error.value)
    with pytest.raises(ValueError, match="no such file"):
        proxies.load_file(tmp_path / "absent.py")
    with pytest.raises(ValueError, match="a folder, not a file"):
        proxies.load_file(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"needs": "everything"}, "needs must be one of architecture, network, images, labels"),
        ({"init": "xavier"}, "init must be one of default, gaussian, kaiming"),
        ({"batch": "cifar10"}, "batch must be one of noise, ones"),
        ({"mode": "test"}, "mode must be one of"),
        ({"precision": "float16"}, "precision must be one of"),
        ({"batches": 0}, "batches must be at least 1"),
        ({"batch_size": 0}, "batch_size must be at least 1"),
        ({"resolution": -1}, "resolution must be at least 1"),
        ({"relative": "mean_rank"}, "relative must be one of rank_sum, log_rank_sum"),
        ({"relative": "rank_sum", "higher_is_better": False}, "cannot declare higher_is_better=False"),
        ({"components": 3}, "declare relative"),
        ({"components": 0}, "components must be at least 1"),
        ({"needs": "scores"}, "needs='scores' and parts go together"),
        ({"parts": ["zen"]}, "needs='scores' and parts go together"),
        ({"needs": "scores", "parts": ["zen", "te_nas"]}, "part 'te_nas' is relative"),
        ({"needs": "scores", "parts": ["zne"]}, "unknown proxy 'zne'"),
    ],
)
def test_a_bad_declaration_is_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        proxies.proxy("fine", **arguments)
    with pytest.raises(ValueError, match="use lower-case letters"):
        proxies.proxy("Not Fine")
    with pytest.raises(ValueError, match="a proxy needs a name"):
        proxies.proxy(lambda network, batch: 1.0)


def test_unknown_names_are_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown proxy 'zne'; there are: .*zen"):
        proxies.get("zne")


def test_the_proxies_of_the_literature_are_there() -> None:
    """Those of the comparison table, and one or more of each further source."""
    table = "incorporated_l incorporated_s incorporated_raw zen entropy flops params grad_norm_zen synflow_zen"
    more = "te_nas_zen naswot_zen random grad_norm plain l2_norm snip grasp fisher synflow logsynflow jacob_cov epe_nas"
    last = "naswot ntk_cond linear_regions te_nas ntk_trace zico gradsign az_nas meco swap reg_swap vkdnw depth"
    assert {*table.split(), *more.split(), *last.split()} <= set(proxies.names())
    relative = {name: proxies.get(name).components for name in ("az_nas", "te_nas", "naswot")}
    assert relative == {"az_nas": 4, "te_nas": 2, "naswot": 1}


def test_a_proxy_is_found_by_its_file(tmp_path: Path) -> None:
    """Adding one touches no other file."""
    root = Path(proxies.__file__).parents[1]
    for package in ("space", "proxies"):
        shutil.copytree(root / package, tmp_path / "zsbench" / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "names.py", tmp_path / "zsbench")
    (tmp_path / "zsbench" / "__init__.py").touch()
    text = FIVE_LINES.replace("from zsbench import", "from ..registry import")
    (tmp_path / "zsbench" / "proxies" / "zoo" / "newest.py").write_text(text)
    ask = [sys.executable, "-c", "from zsbench import proxies; print(proxies.get('my_score').name, proxies.__file__)"]
    run = subprocess.run(ask, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["my_score", str(tmp_path / "zsbench" / "proxies" / "__init__.py")]
