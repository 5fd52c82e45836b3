"""Scores as one writes them down first: the baseline that ours are timed against, and the oracle of their values.

Contiguous maps, one module call an operation, ReLUs that keep their input, one backward pass an image for the tangent
kernel, two matrix products a ReLU for NASWOT, and numbers fetched one by one. A function takes a network and a batch as
the proxy of its name does (`zico` two batches).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from zsbench import proxies, space
from zsbench.proxies.batch import Batch, Setting, draw_noise, make_generator
from zsbench.proxies.registry import Proxy
from zsbench.proxies.tools.hooks import hooked
from zsbench.proxies.tools.initialise import initialise


def network(architecture: space.Architecture, proxy: Proxy, num_classes: int, random: torch.Generator) -> space.Network:
    """A network of plain modules, each with PyTorch's own initialisation, which the proxy's then replaces."""
    built = space.build(architecture, num_classes, proxy.residual)
    if proxy.mode == "removed":
        space.remove_norms(built)
    for module in built.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False
    initialise(built, proxy.init, random)
    return built.to(getattr(torch, proxy.precision)).train(proxy.mode == "train")


def _backward(network: space.Network, batch: Batch) -> None:
    network.zero_grad()
    functional.cross_entropy(network(batch.images), batch.labels).backward()


@torch.no_grad()
def zen(network: space.Network, batch: Batch) -> float:
    clean = network.features(batch.images)
    perturbed = network.features(batch.images + 0.01 * batch.noise())
    score = torch.log((clean - perturbed).abs().sum((1, 2, 3)).mean()).item()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            score += 0.5 * torch.log(module.running_var.mean()).item()
    return score


@torch.no_grad()
def naswot(network: space.Network, batch: Batch) -> float:
    kernel = np.zeros((len(batch.images), len(batch.images)))

    def hook(_module: nn.Module, inputs: tuple[torch.Tensor], _output: torch.Tensor) -> None:
        c = (inputs[0].flatten(1) > 0).float()
        kernel[:] += (c @ c.T).numpy() + ((1 - c) @ (1 - c).T).numpy()

    with hooked((m for m in network.modules() if isinstance(m, nn.ReLU)), hook):
        network.features(batch.images)
    return float(np.linalg.slogdet(kernel)[1])


def grad_norm_zen(network: space.Network, batch: Batch) -> float:
    _backward(network, batch)
    return sum(p.grad.double().norm().item() ** 2 for p in network.parameters()) ** 0.5


def snip(network: space.Network, batch: Batch) -> float:
    _backward(network, batch)
    return sum((layer.weight * layer.weight.grad).abs().double().sum().item() for layer in network.layers())


def fisher(network: space.Network, batch: Batch) -> float:
    kept: list[tuple[Any, torch.Tensor]] = []

    def hook(layer: nn.Module, _inputs: object, output: torch.Tensor) -> None:
        output.retain_grad()
        kept.append((layer, output))

    with hooked(network.layers(), hook):
        _backward(network, batch)
    score = 0.0
    for layer, a in kept:
        product = (a * a.grad).double()
        per_image = product.sum((2, 3)) if product.ndim == 4 else product
        score += layer.weight[0].numel() * (0.5 * per_image.square().mean(0)).sum().item()
    return score


def _absolute_flow(network: space.Network, batch: Batch) -> None:
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.abs_()
    network.zero_grad()
    network(batch.images).sum().backward()


def synflow(network: space.Network, batch: Batch) -> float:
    _absolute_flow(network, batch)
    return float(np.log(sum((layer.weight * layer.weight.grad).sum().item() for layer in network.layers())))


def synflow_zen(network: space.Network, batch: Batch) -> float:
    _absolute_flow(network, batch)
    score = 0.0
    for layer in network.layers():
        score -= (layer.weight * layer.weight.grad).abs().flatten(1).sum(1).mean().item()
    return score


def _condition(network: space.Network, batch: Batch) -> float:
    logits = network(batch.images)
    rows = []
    for i in range(len(logits)):
        network.zero_grad()
        logits[i].sum().backward(retain_graph=True)
        gradients = [p.grad.flatten() for name, p in network.named_parameters() if name.endswith("weight")]
        rows.append(torch.cat(gradients).clone())
    g = torch.stack(rows).double()
    eigenvalues = torch.linalg.eigvalsh(torch.einsum("nc,mc->nm", g, g))
    return (eigenvalues[-1] / eigenvalues[0]).item()


def te_nas_zen(network: space.Network, batch: Batch) -> float:
    return -_condition(network, batch)


def ntk_cond(network: space.Network, batch: Batch) -> float:
    return -float(np.log(_condition(network, batch)))


def zico(network: space.Network, batches: tuple[Batch, ...]) -> float:
    gradients: list[list[np.ndarray]] = []
    for batch in batches:
        _backward(network, batch)
        gradients.append([layer.weight.grad.flatten().double().numpy().copy() for layer in network.layers()])
    score = 0.0
    for layer in zip(*gradients, strict=True):
        values = np.stack(layer)
        std = values.std(0)
        kept = std > 0
        ratios = np.abs(values).mean(0)[kept] / std[kept]
        if ratios.sum() > 0:
            score += float(np.log(ratios.sum()))
    return score


def grasp(network: space.Network, batch: Batch) -> float:
    weights = [layer.weight for layer in network.layers()]
    loss = functional.cross_entropy(network(batch.images), batch.labels)
    held = torch.autograd.grad(loss, weights)
    loss = functional.cross_entropy(network(batch.images), batch.labels)
    gradients = torch.autograd.grad(loss, weights, create_graph=True)
    flow = sum((h * g).sum() for h, g in zip(held, gradients, strict=True))
    flow.backward()
    return -sum((w * w.grad).double().sum().item() for w in weights)


def jacob_cov(network: space.Network, batch: Batch) -> float:
    images = batch.images.clone().requires_grad_()
    network.zero_grad()
    network(images).backward(torch.ones(len(images), network.classifier.out_features, dtype=images.dtype))
    jacobian = images.grad.flatten(1).double().numpy()
    eigenvalues = np.linalg.eig(np.corrcoef(jacobian))[0].real
    return float(-np.sum(np.log(eigenvalues + 1e-5) + 1 / (eigenvalues + 1e-5)))


SCORES: dict[str, Callable[..., float]] = {
    "zen": zen, "naswot_zen": naswot, "naswot": naswot, "grad_norm_zen": grad_norm_zen, "snip": snip,
    "fisher": fisher, "synflow_zen": synflow_zen, "synflow": synflow, "te_nas_zen": te_nas_zen, "ntk_cond": ntk_cond,
    "zico": zico, "grasp": grasp, "jacob_cov": jacob_cov,
}  # fmt: skip


def score(
    name: str, architecture: space.Architecture, *, seed: int, resolution: int, batch_size: int, num_classes: int,
    precision: str | None = None,
) -> float:  # fmt: skip
    """The score that `proxies.score` gives with the same arguments, from the same random numbers.

    `precision` in place of the proxy's own.
    """
    proxy = proxies.get(name)
    proxy = replace(proxy, precision=precision or proxy.precision)
    setting = Setting(seed, proxy.resolution or resolution, proxy.size(batch_size), num_classes, proxy.residual)
    built = network(architecture, proxy, num_classes, make_generator(seed, architecture, "weights"))
    random = make_generator(seed, architecture, "batch")
    shape = (setting.batch_size, 3, setting.resolution, setting.resolution)
    batches = []
    for _ in range(proxy.batches):
        images = torch.ones(shape) if proxy.batch == "ones" else draw_noise(shape, random).contiguous()
        labels = torch.randint(num_classes, shape[:1], generator=random)
        batches.append(Batch(images.to(getattr(torch, proxy.precision)), labels, setting, random))
    return SCORES[name](built, batches[0] if proxy.batches == 1 else tuple(batches))
