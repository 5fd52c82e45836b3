import sys
import time

import pytest
import torch
from conftest import alone
from torch import nn
from zsbench import proxies, space

SMALL = {"resolution": 16, "batch_size": 8, "num_classes": 10}


@pytest.mark.parametrize(
    ("returned", "status"),
    [(float("nan"), "nan"), (float("inf"), "inf"), (-float("inf"), "inf"), (torch.tensor(2.5), "ok"), (3, "ok")],
)
def test_a_value_is_judged(register, tiny: space.Structure, returned: object, status: str) -> None:
    register(lambda network, batch: returned)
    score = proxies.score("probe", tiny, **SMALL)
    assert score.status == status
    assert (score.value is None) == (status != "ok")
    assert (score.reason == "") == (status == "ok")


@pytest.mark.parametrize("returned", [None, "text", torch.zeros(3)])
def test_what_is_no_number_is_an_error(register, tiny: space.Structure, returned: object) -> None:
    register(lambda network, batch: returned)
    assert proxies.score("probe", tiny, **SMALL).status == "error"


def test_an_exception_becomes_a_status_with_its_reason(register, tiny: space.Structure) -> None:
    def raises(network, batch):
        raise RuntimeError("two\nlines")

    register(raises)
    score = proxies.score("probe", tiny, **SMALL)
    assert (score.value, score.status, score.reason) == (None, "error", "RuntimeError: two lines")


def test_an_interrupt_is_no_failure(register, tiny: space.Structure) -> None:
    def interrupted(network, batch):
        raise KeyboardInterrupt

    register(interrupted)
    with pytest.raises(KeyboardInterrupt):
        proxies.score("probe", tiny, **SMALL)


def test_a_score_that_took_longer_than_its_limit_is_a_timeout(register, tiny: space.Structure) -> None:
    """One that never returns is ended by whoever waits for it: see the tests of limits of jobs."""

    def slow(network, batch):
        time.sleep(0.2)
        return 1.0

    register(slow)
    score = proxies.score("probe", tiny, limit=0.1, **SMALL)
    assert (score.status, score.value, score.reason) == ("timeout", None, "took longer than its limit of 0.1 s")


@pytest.mark.parametrize("name", ["naswot", "grad_norm"])
def test_an_overrun_is_one_wherever_it_is_met(tiny: space.Structure, name: str) -> None:
    taken = proxies.score(name, tiny, **SMALL).seconds
    limits = torch.linspace(0.05 * taken, 1.2 * taken, 200).tolist()
    scores = [proxies.score(name, tiny, limit=limit, **SMALL) for limit in limits]
    assert {score.status for score in scores} <= {"ok", "timeout"}, next(s for s in scores if s.status == "error")


def test_compiling_is_no_part_of_a_score() -> None:
    pytest.importorskip("numba")
    script = """
from numba.core.registry import CPUDispatcher
from zsbench import proxies, space
from zsbench.proxies.tools import bits
from zsbench.space.speed import kernels

def compiled():  # or loaded from numba's cache: either is done once for each kind of argument
    loops = {f"{module.__name__}.{name}": loop for module in (bits, kernels) for name, loop in vars(module).items()}
    return {(name, kind) for name, loop in loops.items() if isinstance(loop, CPUDispatcher) for kind in loop.signatures}

settings = dict(seed=0, resolution=8, batch_size=4, num_classes=10, protocol="published", device="cpu", images=None)
for name in ("grad_norm", "naswot"):
    before = compiled()
    score = proxies.Scorer(name, **settings, limit=None)
    ready = compiled()
    assert ready > before, name
    assert score(space.get("resnet").initial()).status == "ok", name
    assert compiled() == ready, name
"""
    alone(script)


def test_all_but_its_speed_is_there_without_the_extras() -> None:
    script = """
import sys
sys.modules.update(dict.fromkeys(("numba", "timm", "ray", "submitit", "nats_bench", "onnx", "onnxscript", "tensorboard")))
import zsbench.bench.cli
from zsbench import proxies, space
for name in ("zen", "grad_norm", "naswot"):
    score = proxies.score(name, space.get("resnet").initial(), resolution=16, batch_size=4)
    assert score.status == "ok", (name, score.reason)
"""
    alone(script)


@pytest.mark.parametrize("needs", ["network", "images", "labels"])
def test_what_is_not_declared_is_not_given(register, tiny: space.Structure, needs: str) -> None:
    seen = []
    register(lambda network, batch: seen.append(batch) or 1.0, needs=needs)
    proxies.score("probe", tiny, **SMALL)
    batch = seen[0]
    assert (batch.images is not None) == (needs != "network")
    assert (batch.labels is not None) == (needs == "labels")


def test_declarations_are_applied(register, tiny: space.Structure) -> None:
    seen = []
    register(
        lambda network, batches: seen.append((network, batches)) or 1.0,
        needs="labels",
        init="gaussian",
        residual=False,
        mode="eval",
        batches=2,
        precision="float64",
    )
    proxies.score("probe", tiny, **SMALL)
    network, batches = seen[0]
    assert not network.training
    assert not any(unit.residual for unit in network.units)
    assert all(p.dtype == torch.float64 for p in network.parameters())
    weights = torch.cat([layer.weight.flatten() for layer in network.layers()])
    assert weights.std().item() == pytest.approx(1, rel=0.05)
    assert network.classifier.bias.eq(0).all()
    assert len(batches) == 2
    assert batches[0].images.shape == (8, 3, 16, 16)
    assert batches[0].images.dtype == torch.float64
    assert not torch.equal(batches[0].images, batches[1].images)
    assert batches[0].labels.max() < 10


def test_the_uniform_protocol_overrides_the_declaration(register, tiny: space.Structure) -> None:
    seen = []
    register(lambda network, batch: seen.append(network) or 1.0, init="gaussian", residual=False, mode="eval")
    proxies.score("probe", tiny, protocol="uniform", **SMALL)
    network = seen[0]
    assert network.training
    assert any(unit.residual for unit in network.units)
    wide = max(network.layers(), key=lambda layer: layer.weight.numel())
    assert wide.weight.std().item() == pytest.approx((2 / wide.weight[0].numel()) ** 0.5, rel=0.1)
    with pytest.raises(ValueError, match="unknown protocol 'mine'"):
        proxies.score("probe", tiny, protocol="mine", **SMALL)


def test_size_counts_shortcuts_under_the_uniform_protocol_only(tiny: space.Structure) -> None:
    for name, field in (("params", "params"), ("flops", "macs")):
        plain, whole = (getattr(space.cost(tiny, 16, 10, residual), field) for residual in (False, True))
        assert plain < whole
        assert proxies.score(name, tiny, **SMALL).value == plain
        assert proxies.score(name, tiny, protocol="uniform", **SMALL).value == whole


def test_real_images_replace_noise(register, tiny: space.Structure) -> None:
    images = torch.arange(20.0).view(20, 1, 1, 1).expand(20, 3, 16, 16)
    source = proxies.ImageSource("numbers", images, torch.arange(20), torch.zeros(3), torch.full((3,), 2.0))
    seen = []
    register(lambda network, batch: seen.append(batch) or 1.0, needs="labels")
    proxies.score("probe", tiny, images=source, **SMALL)
    assert torch.equal(seen[0].images[:, 0, 0, 0] * 2, seen[0].labels.float())
    assert len(set(seen[0].labels.tolist())) == 8
    few = proxies.ImageSource("few", images[:3], torch.arange(3), torch.zeros(3), torch.ones(3))
    assert proxies.score("probe", tiny, images=few, **SMALL).reason.startswith("ValueError: batch size 8 exceeds the 3")
    assert proxies.score("probe", tiny, images=source, resolution=8, batch_size=4).status == "error"


def test_weights_do_not_depend_on_proxy_or_precision(register, tiny: space.Structure) -> None:
    seen: list[nn.Module] = []
    for precision in ("float32", "float64"):
        register(lambda network, batch: seen.append(network) or 1.0, init="gaussian", precision=precision)
        proxies.score("probe", tiny, **SMALL)
    one, other = (network.classifier.weight.double() for network in seen)
    assert torch.equal(one, other)


@pytest.mark.parametrize("name", [n for n in proxies.names() if proxies.get(n).takes_images])
def test_images_that_give_nan_give_no_value(tiny: space.Structure, name: str) -> None:
    if proxies.get(name).needs not in ("images", "labels"):
        pytest.skip("it looks at no images")
    images = torch.full((200, 3, 16, 16), torch.nan)
    source = proxies.ImageSource("nothing", images, torch.arange(200) % 10, torch.zeros(3), torch.ones(3))
    score = proxies.score(name, tiny, images=source, **SMALL)
    assert (score.status, score.value, score.components) == ("nan", None, None), score.reason


def test_who_looks_at_no_images_needs_none(tiny: space.Structure) -> None:
    few = proxies.ImageSource("few", torch.rand(2, 3, 7, 7), torch.arange(2), torch.zeros(3), torch.ones(3))
    score = proxies.score("l2_norm", tiny, images=few, **SMALL)
    assert score.value == proxies.score("l2_norm", tiny, **SMALL).value


def test_a_proxy_that_exits_is_a_failure(register, tiny: space.Structure) -> None:
    register(lambda network, batch: sys.exit(0))
    assert proxies.score("probe", tiny, **SMALL).reason == "SystemExit: 0"


def test_another_number_of_components_than_declared_is_an_error(register, tiny: space.Structure) -> None:
    register(lambda network, batch: (1.0, 2.0), relative="rank_sum", components=2)
    assert proxies.score("probe", tiny, **SMALL).components == (1.0, 2.0)
    for wrong in ((), (1.0,), (1.0, 2.0, 3.0)):
        register(lambda network, batch, given=wrong: given, relative="rank_sum", components=2)
        score = proxies.score("probe", tiny, **SMALL)
        assert (score.status, score.components) == ("error", None)
        assert f"returned {len(wrong)} components, but declares 2" in score.reason


def test_batches_of_real_images_share_none(register, tiny: space.Structure) -> None:
    images = torch.arange(20.0)[:, None, None, None].expand(20, 3, SMALL["resolution"], SMALL["resolution"])
    source = proxies.ImageSource("numbers", images, torch.zeros(20, dtype=torch.int64), torch.zeros(3), torch.ones(3))
    seen = []
    register(lambda network, batches: seen.extend(b.images[:, 0, 0, 0] for b in batches) or 1.0, batches=2)
    assert proxies.score("probe", tiny, **{**SMALL, "batch_size": 10}, images=source).status == "ok"
    assert sorted(torch.cat(seen).tolist()) == list(range(20))
    score = proxies.score("probe", tiny, **{**SMALL, "batch_size": 11}, images=source)
    assert (score.status, "batch size 22 exceeds the 20 images" in score.reason) == ("error", True)


def test_the_uniform_protocol_leaves_a_size_that_goes_with_a_resolution(register, tiny: space.Structure) -> None:
    shapes = []
    for declared in ({"batch_size": 5}, {"batch_size": 5, "resolution": 9}):
        register(lambda network, batch: shapes.append(batch.images.shape) or 1.0, **declared)
        for protocol in ("published", "uniform"):
            proxies.score("probe", tiny, protocol=protocol, **SMALL)
    size, side = SMALL["batch_size"], SMALL["resolution"]
    assert shapes == [(5, 3, side, side), (size, 3, side, side), (5, 3, 9, 9), (5, 3, 9, 9)]
