"""The compiled batch norm, shortcut and ReLU against the modules that they stand for."""

import pytest
import torch
from torch import nn
from zsbench import space
from zsbench.space.speed import fusion

pytest.importorskip("numba")


def unit(channels: int, dtype: torch.dtype) -> tuple[nn.BatchNorm2d, nn.ReLU]:
    torch.manual_seed(channels)
    norm = nn.BatchNorm2d(channels, eps=1e-3).to(dtype)
    with torch.no_grad():
        norm.weight.normal_()
        norm.bias.normal_()
        norm.running_mean.normal_()
        norm.running_var.uniform_(0.5, 2)
    return norm, nn.ReLU(inplace=True)


def maps(*shape: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return (3 * torch.randn(shape, dtype=dtype) + 5).contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def apply(fuse: bool, norm: nn.BatchNorm2d, relu: nn.Module, x: torch.Tensor, shortcut: torch.Tensor | None = None):
    """The result and the running statistics, of copies; where it is fused, it is written over the copy."""
    copy, own = x.clone(), nn.BatchNorm2d(norm.num_features, eps=norm.eps).to(x.dtype)
    own.load_state_dict(norm.state_dict())
    own.train(norm.training)
    if fuse:
        with space.fused():
            y = fusion.norm_relu(own, relu, copy, shortcut)
    else:
        y = fusion.norm_relu(own, relu, copy, shortcut)
    return y, own.state_dict(), y.data_ptr() == copy.data_ptr()


def test_without_a_relu_it_is_the_norm() -> None:
    norm, _ = unit(8, torch.float64)
    x = maps(3, 8, 5, 5)
    expected = norm(x)
    with space.fused():
        torch.testing.assert_close(fusion.norm_relu(norm, None, x.clone()), expected)
        assert fusion.norm_relu(nn.Identity(), None, x) is x


SHAPES = [(4, 3, 8, 8), (3, 8, 5, 5), (2, 40, 7, 3), (64, 512, 1, 1), (2, 300, 4, 4), (1, 1, 37, 41)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("shortcut", [False, True])
def test_fused_is_what_the_modules_do(shape: tuple[int, ...], shortcut: bool) -> None:
    norm, relu = unit(shape[1], torch.float64)
    x = maps(*shape)
    added = maps(*shape) if shortcut else None
    expected, state, _ = apply(False, norm, relu, x, added)
    y, own, in_place = apply(True, norm, relu, x, added)
    assert in_place
    assert y.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(y, expected, rtol=1e-11, atol=1e-11)
    assert list(own) == list(state)
    for name, value in state.items():
        torch.testing.assert_close(own[name], value, rtol=1e-11, atol=1e-11)


def test_single_precision_is_nearer_the_truth_than_the_modules() -> None:
    norm, relu = unit(16, torch.float64)
    x = maps(16, 16, 32, 32)
    truth, _, _ = apply(False, norm, relu, x)
    single = norm.float()
    ours, _, _ = apply(True, single, relu, x.float())
    theirs, _, _ = apply(False, single, relu, x.float())
    assert (ours - truth).abs().max() < 1e-5
    assert (ours - truth).abs().mean() < (theirs - truth).abs().mean()


def test_a_large_mean_does_not_swallow_the_variance() -> None:
    norm, relu = unit(8, torch.float32)
    x = maps(8, 8, 16, 16, dtype=torch.float32) + 1e4
    expected, _, _ = apply(False, norm.double(), relu, x.double())
    y, _, in_place = apply(True, norm.float(), relu, x)
    assert in_place
    torch.testing.assert_close(y.double(), expected, rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_not_finite_shows(bad: float) -> None:
    norm, relu = unit(4, torch.float32)
    x = maps(2, 4, 6, 6, dtype=torch.float32)
    x[1, 2, 3, 3] = bad
    expected, state, _ = apply(False, norm, relu, x)
    y, own, _ = apply(True, norm, relu, x)
    assert torch.equal(y.isnan(), expected.isnan())
    assert y[:, 2].isnan().any()
    assert torch.equal(own["running_var"].isnan(), state["running_var"].isnan())


def test_threads_do_not_change_a_bit() -> None:
    norm, relu = unit(24, torch.float32)
    x = maps(8, 24, 16, 16, dtype=torch.float32)
    threads, results = torch.get_num_threads(), []
    for n in (1, 2):
        torch.set_num_threads(n)
        results.append(apply(True, norm, relu, x))
    torch.set_num_threads(threads)
    assert torch.equal(results[0][0], results[1][0])
    assert torch.equal(results[0][1]["running_var"], results[1][1]["running_var"])


def test_a_hook_on_the_relu_sees_what_goes_in_and_comes_out() -> None:
    norm, _ = unit(8, torch.float64)
    relu, seen = nn.ReLU(), []
    x = maps(2, 8, 4, 4)
    relu.register_forward_hook(lambda _, inputs, output: seen.append((inputs[0].clone(), output.clone())))
    apply(False, norm, relu, x)
    apply(True, norm, relu, x)
    (before, after), (own_before, own_after) = seen
    assert (before < 0).any()
    torch.testing.assert_close(own_before, before)
    torch.testing.assert_close(own_after, after)


def test_one_value_a_channel_is_the_error_that_batch_norm_makes_of_it() -> None:
    norm, relu = unit(8, torch.float32)
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        apply(True, norm, relu, maps(1, 8, 1, 1, dtype=torch.float32))


@pytest.mark.parametrize("case", ["evaluating", "contiguous", "half", "no norm"])
def test_elsewhere_the_modules_run(case: str) -> None:
    norm, relu = unit(8, torch.float32)
    x = maps(2, 8, 4, 4, dtype=torch.float32)
    if case == "evaluating":
        norm.eval()
    elif case == "contiguous":
        x = x.contiguous()
    elif case == "half":
        norm, x = norm.to(torch.bfloat16), x.to(torch.bfloat16)
    else:
        with space.fused():
            assert torch.equal(fusion.norm_relu(nn.Identity(), nn.ReLU(), x), x.relu())
        return
    expected, _, _ = apply(False, norm, relu, x)
    y, _, in_place = apply(True, norm, relu, x)
    assert not in_place
    assert torch.equal(y, expected)


def without_bias(channels: int) -> nn.BatchNorm2d:
    norm = nn.BatchNorm2d(channels)
    norm.bias = None
    return norm


class Twice(nn.BatchNorm2d):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 2 * super().forward(x)


@pytest.mark.parametrize(
    ("norm", "relu"),
    [
        (nn.BatchNorm2d(8), nn.Identity()), (nn.BatchNorm2d(8), nn.GELU()), (nn.BatchNorm2d(8), nn.ReLU6()),
        (Twice(8), nn.ReLU()), (nn.BatchNorm2d(8, affine=False), nn.ReLU()), (without_bias(8), nn.ReLU()),
    ],
)  # fmt: skip
@pytest.mark.parametrize("grad", [False, True])
def test_another_norm_or_activation_is_computed_as_it_is(norm: nn.Module, relu: nn.Module, grad: bool) -> None:
    x = maps(2, 8, 4, 4, dtype=torch.float32).requires_grad_(grad)
    expected = relu(norm(x))
    with space.fused():
        assert torch.equal(fusion.norm_relu(norm, relu, x), expected)


@pytest.mark.parametrize("hooked", ["norm", "norm before", "relu before", "norm backward", "relu backward"])
@pytest.mark.parametrize("grad", [False, True])
def test_hooks_run(hooked: str, grad: bool) -> None:
    norm, relu = unit(8, torch.float32)[0], nn.ReLU()  # not in place, which hooks on what comes before forbid
    calls: list[str] = []
    module = norm if hooked.startswith("norm") else relu
    if hooked.endswith("backward"):
        module.register_full_backward_hook(lambda *_: calls.append(hooked))
    elif hooked.endswith("before"):
        module.register_forward_pre_hook(lambda *_: calls.append(hooked))
    else:
        module.register_forward_hook(lambda *_: calls.append(hooked))
    x = maps(2, 8, 4, 4, dtype=torch.float32).requires_grad_(grad)
    with space.fused(), torch.set_grad_enabled(grad):
        y = fusion.norm_relu(norm, relu, x)
    if grad:
        y.sum().backward()
    assert len(calls) == int(grad or not hooked.endswith("backward"))


def test_without_numba_the_modules_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fusion, "_kernels", lambda: None)
    norm, relu = unit(8, torch.float32)
    x = maps(2, 8, 4, 4, dtype=torch.float32)
    y, _, in_place = apply(True, norm, relu, x)
    assert not in_place
    assert torch.equal(y, apply(False, norm, relu, x)[0])


def test_outside_the_block_nothing_is_overwritten() -> None:
    norm, relu = unit(8, torch.float32)
    assert not apply(False, norm, relu, maps(2, 8, 4, 4, dtype=torch.float32))[2]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("shortcut", [False, True])
@pytest.mark.parametrize("watched", [False, True])
def test_gradients_are_those_of_the_modules(shape: tuple[int, ...], shortcut: bool, watched: bool) -> None:
    norm, relu = unit(shape[1], torch.float64)
    if watched:
        relu.register_forward_hook(lambda *_: None)
    given = [maps(*shape), maps(*shape)] if shortcut else [maps(*shape)]
    direction = torch.randn(shape, dtype=torch.float64)  # contiguous: a gradient may come in any layout

    def gradients() -> list[torch.Tensor]:
        leaves = [x.clone().requires_grad_() for x in given]
        y = fusion.norm_relu(norm, relu, *leaves)
        assert all(torch.equal(x, leaf) for x, leaf in zip(given, leaves, strict=True))
        return list(torch.autograd.grad(y, [*leaves, norm.weight, norm.bias], direction, retain_graph=True))

    expected = gradients()
    with space.fused():
        found = gradients()
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)


def test_gradients_are_the_differences_of_the_function() -> None:
    norm, _ = unit(5, torch.float64)

    def rectified(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, shortcut: torch.Tensor) -> torch.Tensor:
        return fusion._NormReLU.apply(x, weight, bias, shortcut, norm, True)

    def normalised(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        return fusion._NormReLU.apply(x, weight, bias, None, norm, False)

    inputs = (maps(2, 5, 3, 3).requires_grad_(), norm.weight, norm.bias, maps(2, 5, 3, 3).requires_grad_())
    with space.fused():
        assert torch.autograd.gradcheck(rectified, inputs)
        assert torch.autograd.gradcheck(normalised, inputs[:3])


def test_a_second_derivative_is_refused() -> None:
    norm, relu = unit(4, torch.float64)
    x = maps(2, 4, 3, 3).requires_grad_()
    with space.fused():
        y = fusion.norm_relu(norm, relu, x)
    (first,) = torch.autograd.grad(y.square().sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        first.sum().backward()


@pytest.mark.parametrize("residual", [False, True])
def test_a_network_has_the_gradients_and_statistics_that_it_had(residual: bool) -> None:
    architecture = space.parse("SuperConvK3BNRELU(3,8,1,1)SuperResK1K3K1(8,16,2,8,2)SuperConvK1BNRELU(16,32,1,1)")
    torch.manual_seed(1)
    network = space.build(architecture, 10, residual).double().to(memory_format=torch.channels_last)
    state = {name: value.clone() for name, value in network.state_dict().items()}
    images = maps(4, 3, 12, 12)

    def outcome() -> list[torch.Tensor]:
        network.load_state_dict(state)
        gradients = torch.autograd.grad(network(images).logsumexp(1).sum(), list(network.parameters()))
        return [*gradients, *(buffer.clone() for buffer in network.buffers())]

    expected = outcome()
    with space.fused():
        found = outcome()
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-8, atol=1e-9)
