"""A proxy gets a network that behaves as PyTorch's own, unless it declares that the fast form will do."""

import math
from dataclasses import replace

import pytest
import torch
from probes import checks_of
from torch import nn
from zsbench import proxies, space
from zsbench.proxies import registry

FAMILIES = {
    "basic": "SuperConvK3BNRELU(3,8,1,1)SuperResK3K3(8,16,2,8,1)SuperConvK1BNRELU(16,16,1,1)",
    "bottleneck": "SuperConvK3BNRELU(3,8,1,1)SuperResK1K5K1(8,16,2,8,2)SuperConvK1BNRELU(16,32,1,1)",
    "inverted": "SuperConvK3BNRELU(3,8,1,1)SuperResIDWE2K3(8,16,2,8,1)SuperConvK1BNRELU(16,32,1,1)",
    "cell": "|nor_conv_3x3~0|+|nor_conv_3x3~0|none~1|+|skip_connect~0|avg_pool_3x3~1|nor_conv_1x1~2|",
    "macro": "012012",
}
SETTING = {"resolution": 16, "batch_size": 8, "num_classes": 4}
# Relative: sums in another order. Measured at most 4e-5, but where a formula divides by what may be near zero.
CLOSE = 1e-4
LOOSE = {"grad_norm_zen": 1e-3, "zico": 0.02}


def value(name: str, text: str) -> tuple[float, ...]:
    one = proxies.score(name, space.parse(text), **SETTING)
    assert one.status == "ok", one.reason
    return one.components or (one.value,)


def negative_share(network, batch):
    """Share of negative numbers among what the batch norms give, as people write it."""
    kept: list[torch.Tensor] = []
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    handles = [norm.register_forward_hook(lambda _m, _i, output: kept.append(output)) for norm in norms]
    network(batch.images)
    for handle in handles:
        handle.remove()
    return torch.cat([(one < 0).flatten() for one in kept]).float().mean().item()


@pytest.mark.parametrize("text", FAMILIES.values(), ids=FAMILIES)
def test_what_a_forward_hook_keeps_stays_as_it_was(text: str, register) -> None:
    """Half of what a batch norm gives is negative; a ReLU in place would leave a quarter or none."""

    register(negative_share)
    assert value("probe", text)[0] == pytest.approx(0.5, abs=0.07)


@pytest.mark.parametrize("text", FAMILIES.values(), ids=FAMILIES)
def test_full_backward_hooks_and_views_work(text: str, register) -> None:
    def hooked(network, batch):
        norms, widths = [], []

        def backward(_module, _inputs, gradients):
            norms.append(gradients[0].norm().item())

        def forward(_module, inputs, output):
            widths.append(inputs[0].view(len(inputs[0]), -1).shape[1] + output.view(len(output), -1).shape[1])

        relus = [module for module in network.modules() if isinstance(module, nn.ReLU)]
        handles = [relu.register_full_backward_hook(backward) for relu in relus]
        handles += [relu.register_forward_hook(forward) for relu in relus]
        network(batch.images + 0.1 * batch.noise().view(batch.images.shape)).sum().backward()
        network.features(batch.images).view(len(batch.images), -1)
        network.zero_grad()
        for handle in handles:
            handle.remove()
        assert len(norms) == len(relus)
        return sum(norms)

    register(hooked, needs="images")
    assert value("probe", text)[0] > 0


def test_the_fast_form_is_declared_by_every_proxy_of_ours_that_takes_a_network() -> None:
    taking = [name for name in proxies.names() if proxies.get(name).needs in ("network", "images", "labels")]
    assert [name for name in taking if not proxies.get(name).fast] == []


@pytest.mark.parametrize("name", [name for name in proxies.names() if proxies.get(name).fast])
def test_both_forms_give_one_value(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = []
    for text in FAMILIES.values():
        one = proxies.score(name, space.parse(text), **SETTING)
        if one.status == "ok":
            texts.append(text)
        else:
            assert "defined for" in one.reason
    fast = [value(name, text) for text in texts]
    monkeypatch.setitem(registry._REGISTRY, name, replace(proxies.get(name), fast=False))
    plain = [value(name, text) for text in texts]
    tolerance = LOOSE.get(name, CLOSE)
    for ours, theirs in zip(fast, plain, strict=True):
        assert all(math.isclose(a, b, rel_tol=tolerance, abs_tol=1e-9) for a, b in zip(ours, theirs, strict=True)), (
            f"{ours} in the fast form, {theirs} in the plain one"
        )


def test_the_contract_finds_a_hook_that_keeps_an_overwritten_map() -> None:
    title = "fast=True gives the same value"
    found = checks_of(negative_share, fast=True)[title]
    assert not found.passed
    assert "in the fast form of the network" in found.detail
    assert title not in checks_of(negative_share)
