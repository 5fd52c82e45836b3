"""Proxies of the loss gradient and of the synaptic flow, each against its formula written out slowly."""

import importlib
import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from zsbench import proxies, space
from zsbench.proxies.batch import Batch, Setting, draw_noise, make_generator
from zsbench.proxies.tools.initialise import initialise
from zsbench.proxies.zoo import gradsign as gradsign_file
from zsbench.proxies.zoo.fisher import fisher
from zsbench.proxies.zoo.grad_norm import grad_norm
from zsbench.proxies.zoo.gradsign import gradsign
from zsbench.proxies.zoo.grasp import grasp
from zsbench.proxies.zoo.l2_norm import l2_norm
from zsbench.proxies.zoo.logsynflow import logsynflow
from zsbench.proxies.zoo.ntk_trace import ntk_trace
from zsbench.proxies.zoo.plain import plain
from zsbench.proxies.zoo.snip import snip
from zsbench.proxies.zoo.synflow import synflow
from zsbench.proxies.zoo.zico import zico

LOSS = ("grad_norm", "plain", "snip", "grasp", "fisher", "gradsign", "ntk_trace", "zico")
IMAGE = ("jacob_cov", "epe_nas")
FLOW = ("synflow", "logsynflow")
ALL = (*LOSS, *IMAGE, *FLOW, "l2_norm")

# Shortcuts with and without projection; grouped convolutions; a cell in which one of two convolutions leads nowhere.
ARCHITECTURES = {
    "resnet": "SuperConvK3BNRELU(3,8,1,1)SuperResK1K3K1(8,16,2,8,1)SuperResK3K3(16,16,1,8,1)SuperConvK1BNRELU(16,24,1,1)",
    "mobilenet": "SuperConvK3BNRELU(3,8,1,1)SuperResIDWE2K3(8,16,2,8,1)SuperConvK1BNRELU(16,24,1,1)",
    "cell": "|nor_conv_1x1~0|+|none~0|none~1|+|nor_conv_1x1~0|none~1|none~2|",
}
DEAD = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"
SETTING = Setting(seed=0, resolution=8, batch_size=6, num_classes=5, residual=True)


@pytest.fixture(params=ARCHITECTURES.values(), ids=ARCHITECTURES)
def text(request: pytest.FixtureRequest) -> str:
    return request.param


def network_of(text: str, init: str = "default", norms: bool = True, residual: bool = True) -> space.Network:
    network = space.build(space.parse(text), 5, residual=residual, initialise=False)
    if not norms:
        space.remove_norms(network)
    initialise(network, init, make_generator(0, "test"))
    return network.double().train()


def batch_of(seed: int = 1) -> Batch:
    random = make_generator(seed, "test")
    images = draw_noise((6, 3, 8, 8), random).double()
    return Batch(images, torch.randint(5, (6,), generator=random), SETTING, random)


def ones() -> Batch:
    return Batch(torch.ones(1, 3, 8, 8, dtype=torch.float64), torch.zeros(1), SETTING, make_generator(0))


def cross_entropy(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    log_probabilities = logits - logits.exp().sum(1, keepdim=True).log()
    return -log_probabilities[torch.arange(len(labels)), labels].mean()


def backward(network: space.Network, value: torch.Tensor) -> list[np.ndarray]:
    """Gradients by the layers' weights, flattened; zeros where there is none."""
    network.zero_grad()
    value.backward()
    weights = [layer.weight for layer in network.layers()]
    return [(torch.zeros_like(w) if w.grad is None else w.grad).flatten().numpy().copy() for w in weights]


def loss_backward(network: space.Network, batch: Batch) -> list[np.ndarray]:
    return backward(network, cross_entropy(network(batch.images), batch.labels))


def values(network: space.Network) -> list[np.ndarray]:
    return [layer.weight.detach().flatten().numpy() for layer in network.layers()]


def test_grad_norm(text: str) -> None:
    expected = sum(math.sqrt((g**2).sum()) for g in loss_backward(network_of(text), batch_of()))
    assert expected > 0
    assert grad_norm(network_of(text), batch_of()) == pytest.approx(expected, rel=1e-9)


def test_l2_norm(text: str) -> None:
    expected = sum(math.sqrt((w**2).sum()) for w in values(network_of(text)))
    assert l2_norm(network_of(text), batch_of()) == pytest.approx(expected, rel=1e-9)


def test_plain_and_snip(text: str) -> None:
    network = network_of(text)
    products = [w * g for w, g in zip(values(network), loss_backward(network, batch_of()), strict=True)]
    size = sum(abs(p).sum() for p in products)
    # Layers before a batch norm cancel out, so plain is exact only as far as its terms are.
    assert plain(network_of(text), batch_of()) == pytest.approx(sum(p.sum() for p in products), abs=1e-10 * size)
    assert snip(network_of(text), batch_of()) == pytest.approx(size, rel=1e-9)


def test_snip_is_the_sensitivity_of_masks(text: str) -> None:
    network = network_of(text)
    masked = {name: p.detach() for name, p in network.named_parameters()}
    masks = {name: torch.ones_like(p, requires_grad=True) for name, p in masked.items() if p.ndim > 1}
    masked |= {name: masked[name] * mask for name, mask in masks.items()}
    batch = batch_of()
    cross_entropy(torch.func.functional_call(network, masked, batch.images), batch.labels).backward()
    expected = sum(mask.grad.abs().sum().item() for mask in masks.values())
    assert snip(network_of(text), batch_of()) == pytest.approx(expected, rel=1e-9)


def test_grasp(text: str) -> None:
    network, batch = network_of(text), batch_of()
    weights, start = [layer.weight for layer in network.layers()], values(network)
    start = [w.copy() for w in start]
    gradients = loss_backward(network, batch)
    # H·g as the difference of gradients a step along g apart; small enough to cross no kink of a ReLU.
    step = 1e-7 / math.sqrt(sum((g**2).sum() for g in gradients))
    shifted = []
    for sign in (1, -1):
        for parameter, w, g in zip(weights, start, gradients, strict=True):
            parameter.data = torch.from_numpy(w + sign * step * g).view_as(parameter)
        shifted.append(loss_backward(network, batch))
    terms = [w * (up - down) / (2 * step) for w, up, down in zip(start, *shifted, strict=True)]
    expected, size = -sum(t.sum() for t in terms), sum(abs(t).sum() for t in terms)
    assert abs(expected) > 1e-4 * size  # far above the tolerance
    assert grasp(network_of(text), batch_of()) == pytest.approx(expected, abs=1e-6 * size)


def test_fisher(text: str) -> None:
    network, batch = network_of(text), batch_of()
    seen: list[tuple[nn.Module, torch.Tensor, torch.Tensor]] = []

    def probe(layer: nn.Module, _inputs: object, output: torch.Tensor) -> torch.Tensor:
        # Adding zeros changes nothing, and their gradient is that of the output.
        zeros = torch.zeros_like(output, requires_grad=True)
        seen.append((layer, output.detach().clone(), zeros))
        return output + zeros

    for layer in network.layers():
        layer.register_forward_hook(probe)
    cross_entropy(network(batch.images), batch.labels).backward()
    expected = 0.0
    for layer, a, zeros in seen:
        for channel in range(a.shape[1]):
            fan_in = layer.weight[channel].numel()
            squares = [(a[n, channel] * zeros.grad[n, channel]).sum().item() ** 2 for n in range(6)]
            expected += fan_in * 0.5 * sum(squares) / 6
    assert len(seen) == len(list(network.layers()))
    assert fisher(network_of(text), batch_of()) == pytest.approx(expected, rel=1e-9)


def test_gradsign(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    network, batch = network_of(text), batch_of()
    sums = [np.zeros_like(w) for w in values(network)]
    for n in range(6):
        loss = functional.cross_entropy(network(batch.images[n : n + 1]), batch.labels[n : n + 1])
        for total, g in zip(sums, backward(network, loss), strict=True):
            total += np.sign(g)
    expected = np.abs(np.concatenate(sums)).sum()
    # A gradient that is zero but for rounding may have either sign.
    assert gradsign(network_of(text), batch_of()) == pytest.approx(expected, rel=1e-3)
    monkeypatch.setattr(gradsign_file, "CHUNK", 4)
    assert gradsign(network_of(text), batch_of()) == pytest.approx(expected, rel=1e-3)


def test_ntk_trace(text: str) -> None:
    network, batch = network_of(text), batch_of()
    rows = [backward(network, network(batch.images)[n, label]) for n, label in enumerate(batch.labels)]
    g = np.stack([np.concatenate(row) for row in rows])
    expected = math.sqrt(np.trace(g @ g.T) / 6)
    assert ntk_trace(network_of(text), batch_of()) == pytest.approx(expected, rel=1e-9)


def test_zico(text: str) -> None:
    network = network_of(text)
    expected = 0.0
    for pair in zip(*(loss_backward(network, batch_of(seed)) for seed in (1, 2)), strict=True):
        g = np.stack(pair)
        mean, std = np.abs(g).mean(0), g.std(0)
        ratio = (mean[std > 0] / std[std > 0]).sum()
        expected += math.log(ratio) if ratio else 0.0
    assert zico(network_of(text), (batch_of(1), batch_of(2))) == pytest.approx(expected, rel=1e-9)


def test_zico_of_equal_batches_has_no_terms() -> None:
    text = ARCHITECTURES["resnet"]
    assert zico(network_of(text), (batch_of(1), batch_of(1))) == 0


def test_zico_shows_a_broken_gradient() -> None:
    network = network_of(ARCHITECTURES["resnet"])
    network.classifier.bias.data[0] = math.nan
    assert math.isnan(zico(network, (batch_of(1), batch_of(2))))


def flow(text: str, init: str = "default", residual: bool = True) -> tuple[float, list[np.ndarray], list[np.ndarray]]:
    """R, weights and gradients of the network without batch norms and signs."""
    network = network_of(text, init, norms=False, residual=residual)
    for parameter in network.parameters():
        parameter.data = parameter.data.abs()
    response = network(ones().images).sum()
    return response.item(), values(network), backward(network, response)


def test_synflow_and_logsynflow(text: str) -> None:
    _, weights, gradients = flow(text)
    network = network_of(text, norms=False)
    pairs = list(zip(weights, gradients, strict=True))
    assert synflow(network, ones()) == pytest.approx(math.log(sum((w * g).sum() for w, g in pairs)), rel=1e-9)
    assert logsynflow(network, ones()) == pytest.approx(sum((w * np.log(1 + g)).sum() for w, g in pairs), rel=1e-9)


def test_synflow_is_conserved_by_layers() -> None:
    # In a chain without biases R is linear in each layer, so Σ θ·∂R/∂θ is R for every one of them.
    text = ARCHITECTURES["resnet"]
    response, weights, _ = flow(text, "kaiming", residual=False)
    network = network_of(text, "kaiming", norms=False, residual=False)
    assert synflow(network, ones()) == pytest.approx(math.log(len(weights) * response), rel=1e-9)


def test_synflow_counts_biases_as_absolute() -> None:
    text = ARCHITECTURES["resnet"]
    value = synflow(network_of(text, norms=False), ones())
    negative = network_of(text, norms=False)
    negative.classifier.bias.data = -negative.classifier.bias.data.abs()
    assert synflow(negative, ones()) == value


@pytest.mark.parametrize("name", ALL)
def test_the_network_is_left_alone(name: str) -> None:
    function = getattr(importlib.import_module(f"zsbench.proxies.zoo.{name}"), name)
    network, batch = network_of(ARCHITECTURES["resnet"]), batch_of()
    parameters = {key: p.clone() for key, p in network.named_parameters()}
    function(network, (batch_of(), batch_of(2)) if name == "zico" else batch)
    assert all(torch.equal(p, parameters[key]) and p.grad is None for key, p in network.named_parameters())
    assert all(p.requires_grad for p in network.parameters())
    assert not any(m._forward_hooks or m._backward_hooks for m in network.modules())
    assert not batch.images.requires_grad


@pytest.mark.parametrize("name", ALL)
def test_a_dead_cell_has_the_value_or_status_of_its_formula(name: str) -> None:
    # No path leads from the images to the logits: these are the biases, and every gradient by a weight is 0.
    small = {"resolution": 8, "batch_size": 8, "num_classes": 10}
    score = proxies.score(name, space.parse(DEAD), **small)
    if name in IMAGE:
        assert score.status == "nan"
    elif name == "synflow":
        assert (score.status, score.reason) == ("inf", "the proxy returned -inf")
    elif name in ("fisher", "l2_norm"):  # outputs of the classifier, and weights, there are
        assert score.value > 0
    else:
        assert score.value == 0


def test_gradsign_has_no_statistics_of_one_pixel() -> None:
    score = proxies.score("gradsign", space.parse(ARCHITECTURES["resnet"]), resolution=2, batch_size=4, num_classes=10)
    assert score.status == "error"
    assert "more than 1 value per channel" in score.reason
