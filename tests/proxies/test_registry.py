from pathlib import Path

import pytest

import proxies
from proxies import registry


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY))


FIVE_LINES = '''
from proxies import proxy

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
        "import functools, torch\nfrom proxies import proxy\n"
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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"needs": "everything"}, "needs must be one of architecture, network, images, labels"),
        ({"init": "xavier"}, "init must be one of default, gaussian, kaiming"),
        ({"batch": "cifar10"}, "batch must be one of noise, ones"),
        ({"mode": "test"}, "mode must be one of"),
        ({"precision": "float16"}, "precision must be one of"),
        ({"batches": 0}, "batches must be at least 1"),
    ],
)
def test_a_bad_declaration_is_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        proxies.proxy("fine", **arguments)
    with pytest.raises(ValueError, match="use lower-case letters"):
        proxies.proxy("Not Fine")


def test_unknown_names_are_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown proxy 'zne'; there are: .*zen"):
        proxies.get("zne")
