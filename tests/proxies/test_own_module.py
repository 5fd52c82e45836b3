"""Scores of modules of one's own."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import zsbench
from conftest import SHARED
from torch import nn
from zsbench import proxies, space

Run = Callable[..., tuple[int, str, str]]
UNDEFINED = {"az_nas", "entropy", "incorporated_l", "incorporated_s", "incorporated_raw", "linear_regions", "te_nas"}


def convolutional(num_classes: int = 4) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, bias=False),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.Conv2d(8, 16, 3),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(16, num_classes),
    )


def grouped() -> nn.Module:
    """No batch norm, group and layer norms, dropout."""
    head = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.LayerNorm(8), nn.Dropout(0.9), nn.Linear(8, 4))
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.GroupNorm(2, 8), nn.ReLU(inplace=True), nn.Dropout2d(0.9), *head)


def vectors() -> nn.Module:
    return nn.Sequential(
        nn.Linear(10, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.BatchNorm1d(16, affine=False), nn.Linear(16, 4)
    )


def signals() -> nn.Module:
    return nn.Sequential(
        nn.Conv1d(2, 8, 3), nn.BatchNorm1d(8), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(8, 4)
    )


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Conv2d(3, 8, 4, 4)
        self.token = nn.Parameter(torch.randn(1, 1, 8))
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.5, batch_first=True)
        self.head = nn.Linear(8, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        patches = self.embed(x).flatten(2).transpose(1, 2)
        return self.head(self.layer(torch.cat([self.token.expand(len(x), -1, -1), patches], 1))[:, 0])


CASES = {
    "one channel": (convolutional, (1, 12, 12), set()),
    "no batch norm": (grouped, (3, 8, 8), {"vkdnw"}),
    "vectors": (vectors, (10,), {"zen", "vkdnw", "meco"}),
    "signals": (signals, (2, 20), {"vkdnw"}),
    "attention": (Attention, (3, 16, 16), {"zen", "vkdnw", "naswot", "naswot_zen", "swap", "reg_swap"}),
}


@pytest.mark.parametrize("case", CASES)
def test_every_proxy_has_a_value_or_says_why_not(case: str) -> None:
    make, shape, more = CASES[case]
    state = torch.random.get_rng_state()
    for name in proxies.names():
        score = zsbench.score(name, make, input=shape, batch_size=8)
        if "more than 1 value per channel" in score.reason:  # where a vector would be normalised alone
            assert (case, name in {"gradsign", "synflow_zen", "meco"}) == ("vectors", True)
        elif name in UNDEFINED | more:
            assert score.status == "error", (name, score)
            assert any(word in score.reason for word in ("defined for", "not known", "computed for")), score
        else:
            assert score.status in ("ok", "nan", "inf"), (name, score)
            again = zsbench.score(name, make, input=shape, batch_size=8)
            assert (again.value, again.components) == (score.value, score.components)
    assert torch.equal(torch.random.get_rng_state(), state)


def test_zen_is_the_formula_written_out() -> None:
    model = space.model(convolutional, (1, 12, 12))
    score = proxies.score("zen", model, batch_size=8)
    network = convolutional()
    proxies.score.__globals__["initialise"](network, "gaussian", _generator(model, "weights"))
    random = _generator(model, "batch")
    x = torch.randn(8, 1, 12, 12, generator=random)
    torch.randint(4, (8,), generator=random)  # labels, which are drawn whether they are needed or not
    e = torch.randn(8, 1, 12, 12, generator=random)
    network.train()
    with torch.no_grad():
        difference = (network[:5](x) - network[:5](x + 0.01 * e)).abs().sum((1, 2, 3)).mean().log()
        wanted = difference + 0.5 * network[1].running_var.mean().log()
    assert score.value == pytest.approx(float(wanted), rel=1e-5)


def _generator(model: space.Model, purpose: str) -> torch.Generator:
    from zsbench.proxies.batch import make_generator

    return make_generator(0, model, purpose)


def test_dropout_is_off_and_a_module_stays_as_it_is() -> None:
    module = grouped()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    first, second = (zsbench.score("grad_norm", module, input=(3, 8, 8), seed=0) for _ in range(2))
    assert first.value == second.value
    assert module.training
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert zsbench.score("grad_norm", grouped, input=(3, 8, 8)).status == "ok"


def test_shortcuts_are_left_out_where_the_function_can() -> None:
    def make(residual: bool = True) -> nn.Module:
        network = convolutional()
        network.append(nn.Identity() if residual else nn.Linear(4, 4))  # to tell them apart
        return network

    with_them, without = (zsbench.score("params", one, input=(1, 12, 12)) for one in (convolutional, make))
    assert without.value is not None
    assert with_them.value == without.value - 20
    assert "shortcuts" in with_them.reason
    assert without.reason == ""
    assert zsbench.score("params", convolutional, input=(1, 12, 12), protocol="uniform").reason == ""


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(ValueError, match="gives 4 logits for an input, not num_classes=3"):
        zsbench.score("zen", convolutional(), input=(1, 12, 12), num_classes=3)
    with pytest.raises(ValueError, match="input: for a module of one's own"):
        zsbench.score("zen", space.get("resnet").initial(), input=(3, 32, 32))
    assert zsbench.score("params", convolutional, input=(1, 12, 12), num_classes=3).status == "ok"


def test_a_users_proxy_gets_the_network(register: Callable[..., None]) -> None:
    def rank(network: space.Network, batch: proxies.Batch) -> float:
        assert batch.images.shape == (8, 1, 12, 12)
        assert network.architecture.name == "convolutional"
        return float(network.features(batch.images).view(8, -1).abs().mean() + len(list(network.layers())))

    register(rank)
    assert zsbench.score("probe", convolutional, input=(1, 12, 12), batch_size=8).status == "ok"


def test_the_case_of_an_own_module(capsys: pytest.CaptureFixture[str]) -> None:
    case = SHARED / "cases" / "own_module.py"
    if not case.exists():
        pytest.skip("cases are not here (set ZSBENCH_SHARED)")
    text = case.read_text().replace("import proxies", "from zsbench import proxies")
    exec(compile(text, str(case), "exec"), {})
    assert "status='ok'" in capsys.readouterr().out


def test_the_command_takes_files_and_public_models(tmp_path: Path, run: Run) -> None:
    (tmp_path / "beside_net.py").write_text("from torch import nn\nprint('told')\nbody = lambda: nn.Flatten()\n")
    path = tmp_path / "mine.py"
    path.write_text(
        "import beside_net\nfrom torch import nn\n"
        "def make(num_classes=3):\n    return nn.Sequential(beside_net.body(), nn.ReLU(), nn.Linear(64, num_classes))\n"
    )
    model = ("score", "--model", f"{path}:make", "--input", "1,8,8", "--json", "--proxy")
    code, out, err = run(*model, "snip,entropy", "--num-classes", "5", "--batch-size", "4")
    assert code == 0, err
    first, second = map(json.loads, out.splitlines())
    assert (first["status"], first["num_classes"], first["params"], first["space"]) == ("ok", 5, 325, "model")
    assert second["status"] == "error"
    assert "defined for super-block structures only" in second["reason"]
    code, out, _ = run("score", "--model", "torchvision:squeezenet1_1", "--input", "3,64,64", "--proxy", "params")
    assert code == 0
    assert out.startswith("params\t1235496\t")


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("nothing", "give FILE.py:FUNCTION, torchvision:NAME or timm:NAME"),
        ("torchvision:resnet", "torchvision has no model 'resnet'"),
        ("nowhere.py:make", "no such file"),
        ("torchvision:resnet18", r"no pass of an input of shape"),
    ],
)
def test_the_command_says_what_is_wrong(model: str, said: str, run: Run) -> None:
    code, _, err = run("score", "--model", model, "--input", "1,8,8", "--proxy", "zen")
    assert code == 2
    assert said in err
    assert len(err.strip().splitlines()) == 1
