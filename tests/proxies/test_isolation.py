"""A score neither depends on the process's settings nor changes them."""

import contextlib

import pytest
import torch
from conftest import alone, walk
from zsbench import proxies, space
from zsbench.proxies import isolation

SMALL = {"resolution": 16, "batch_size": 8, "num_classes": 10}

DECLARED = [
    {"needs": "network"},
    {"needs": "architecture"},
    {"needs": "architecture", "deterministic": True},
    {"needs": "scores", "parts": ("params",)},
]


@pytest.mark.parametrize("declared", DECLARED)
def test_torch_is_left_as_it_was(
    register, tiny: space.Structure, capsys: pytest.CaptureFixture[str], declared: dict[str, object]
) -> None:
    def rude(*_given):
        print("hello")
        torch.manual_seed(3)
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)
        torch.set_num_threads(before[2] + 1)
        return torch.rand(()).item()

    before = (torch.is_grad_enabled(), torch.get_default_dtype(), torch.get_num_threads())
    state = torch.get_rng_state()
    register(rude, **declared)
    assert proxies.score("probe", tiny, **SMALL).status == "ok"
    assert (torch.is_grad_enabled(), torch.get_default_dtype(), torch.get_num_threads()) == before
    assert torch.equal(state, torch.get_rng_state())
    assert capsys.readouterr() == ("", "hello\n")


def test_settings_of_the_process_are_put_back(register, tiny: space.Structure) -> None:
    def rude(network, batch):
        torch.set_default_device("meta")
        for owner, name, _ in isolation._pinned(torch.device("cpu")):
            setattr(owner, name, "bf16")
        return 1.0

    def settings() -> list[object]:
        pinned = isolation._pinned(torch.device("cpu"))
        return [torch.empty(0).device, *(getattr(owner, name) for owner, name, _ in pinned)]

    register(rude)
    before = settings()
    assert proxies.score("probe", tiny, **SMALL).status == "ok"
    assert settings() == before


@contextlib.contextmanager
def default(setter, value, before):
    setter(value)
    try:
        yield
    finally:
        setter(before)


@pytest.mark.parametrize(
    "around",
    [
        lambda: default(torch.set_default_dtype, torch.float64, torch.float32),
        lambda: default(torch.set_float32_matmul_precision, "medium", "highest"),
        lambda: torch.device("meta"),
        lambda: torch.autocast("cpu", torch.bfloat16),
        torch.inference_mode,
        torch.no_grad,
    ],
    ids=["dtype", "precision", "device", "autocast", "inference", "no grad"],
)
def test_a_score_does_not_depend_on_settings_around_it(around) -> None:
    architecture = walk("resnet", 1, seed=11)[0]  # of units that no other test has made
    with around():
        values = {name: proxies.score(name, architecture, **SMALL) for name in ("zen", "grad_norm", "naswot", "vkdnw")}
    for name, value in values.items():
        again = proxies.score(name, architecture, **SMALL)
        assert (value.status, value.value, value.reason) == ("ok", again.value, ""), name


@pytest.mark.skipif(not hasattr(torch.backends, "fp32_precision"), reason="this torch has one set of names for it")
def test_a_score_leaves_either_set_of_names_for_precision_readable() -> None:
    script = """
import torch
from zsbench import proxies, space
assert proxies.score("zen", space.get("resnet").initial(), resolution=16, batch_size=4).status == "ok"
torch.set_float32_matmul_precision("medium")
assert proxies.score("zen", space.get("resnet").initial(), resolution=16, batch_size=4).status == "ok"
assert torch.get_float32_matmul_precision() == "medium"
torch.set_float32_matmul_precision("highest")
torch.backends.fp32_precision = "tf32"
one = proxies.score("zen", space.get("resnet").initial(), resolution=16, batch_size=4)
assert one.status == "ok", one.reason
assert torch.backends.mkldnn.conv.fp32_precision == "tf32"
torch.backends.fp32_precision = "ieee"
assert torch.backends.mkldnn.conv.fp32_precision == "ieee"  # it follows as before
torch.backends.cuda.matmul.fp32_precision = "tf32"
one = proxies.score("zen", space.get("resnet").initial(), resolution=16, batch_size=4)
assert one.status == "ok", one.reason
"""
    alone(script)  # it would not be undone


def test_a_proxy_may_ask_for_flags_of_its_own(register, tiny: space.Structure) -> None:
    def flagged(network, batch):
        with torch.backends.cudnn.flags(enabled=False):
            return network(batch.images).sum().item()

    register(flagged)
    score = proxies.score("probe", tiny, **SMALL)
    assert score.status == "ok", score.reason


@pytest.mark.parametrize("names", ["old", "new"])
def test_on_a_gpu_all_is_exact_whichever_names_were_used(names: str) -> None:
    script = f"""
import torch
from zsbench.proxies import isolation
if "{names}" == "new" and hasattr(torch.backends, "fp32_precision"):
    torch.backends.cuda.matmul.fp32_precision = "tf32"
else:
    torch.backends.cuda.matmul.allow_tf32 = True
torch.cuda.init = lambda: None  # settings can be made without one
owner, name, value = list(isolation._pinned(torch.device("cuda")))[-2]
before = getattr(owner, name)
assert before in (True, "tf32")
with isolation.isolated(0, torch.device("cuda")):
    for owner, name, value in isolation._pinned(torch.device("cuda")):
        assert getattr(owner, name) == value, name
        assert value in (True, False, "ieee")
    assert torch.backends.cudnn.deterministic
owner, name, value = list(isolation._pinned(torch.device("cuda")))[-2]
assert getattr(owner, name) == before
assert not torch.backends.cudnn.deterministic
"""
    alone(script)


def test_a_seed_that_waits_for_cuda_stays() -> None:
    script = """
import torch
from zsbench import proxies, space
torch.manual_seed(42)
before = [str(call) for call in torch.cuda._queued_calls]
assert proxies.score("zen", space.get("resnet").initial(), resolution=16, batch_size=4).status == "ok"
assert [str(call) for call in torch.cuda._queued_calls] == before
"""
    alone(script)


def test_the_global_generator_is_seeded(register, tiny: space.Structure) -> None:
    for declared in ({"needs": "architecture"}, {"needs": "network"}, {"needs": "scores", "parts": ("params",)}):
        register(lambda *_given: torch.rand(()).item(), **declared)
        values = [proxies.score("probe", tiny, seed=seed, **SMALL).value for seed in (0, 1, 0)]
        assert values[0] == values[2] != values[1]
