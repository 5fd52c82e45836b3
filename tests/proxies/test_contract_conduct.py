"""The contract: a proxy that changes what it is given, or is not honest about its needs, is told so."""

import dataclasses

import pytest
import torch
from probes import DOCUMENTED, LEFT_ALONE, NEEDED, PICKLABLE, checks_of, failures, failures_of, honest
from torch import nn
from torch.nn import functional


def with_labels(network, batch):
    return functional.cross_entropy(network(batch.images), batch.labels).item()


def leaks_a_hook(network, batch):
    network.units[0].register_forward_hook(lambda *_: None)


def leaks_a_pre_hook(network, batch):
    network.units[0].register_forward_pre_hook(lambda *_: None)


def leaks_a_backward_hook(network, batch):
    network.classifier.register_full_backward_hook(lambda *_: None)


def leaks_a_hook_on_a_weight(network, batch):
    network.classifier.weight.register_hook(lambda g: None)


def leaves_gradients(network, batch):
    network(batch.images).sum().backward()


def changes_a_weight(network, batch):
    with torch.no_grad():
        network.classifier.weight.abs_()


def freezes(network, batch):
    network.classifier.requires_grad_(False)


def doubles(network, batch):
    network.classifier.double()


def switches_to_eval(network, batch):
    network.eval()


def switches_one_module(network, batch):
    network.classifier.eval()


def replaces_forward(network, batch):
    network.classifier.forward = lambda x: x


def replaces_a_module(network, batch):
    network.classifier = nn.Identity()


def adds_a_mask(network, batch):
    network.classifier.mask = nn.Parameter(torch.ones(4))


def changes_images(network, batch):
    batch.images.abs_()


def changes_labels(network, batch):
    batch.labels.add_(1)


@pytest.mark.parametrize(
    ("slip", "detail"),
    [
        (leaks_a_hook, "hooks on network.units.0: 0 before, 1 afterwards"),
        (leaks_a_pre_hook, "hooks on network.units.0: 0 before, 1 afterwards"),
        (leaks_a_backward_hook, "hooks on network.classifier: 0 before, 1 afterwards"),
        (leaks_a_hook_on_a_weight, "hooks on network.classifier.weight: 0 before, 1 afterwards"),
        (leaves_gradients, ".grad: None before, a tensor afterwards"),
        (changes_a_weight, "network.classifier.weight: its numbers have changed"),
        (freezes, "network.classifier.weight.requires_grad: True before, False afterwards"),
        (doubles, "network.classifier.weight: torch.float32 on cpu before, torch.float64 on cpu afterwards"),
        (switches_to_eval, "network.training: True before, False afterwards"),
        (switches_one_module, "network.classifier.training: True before, False afterwards"),
        (replaces_forward, "network.classifier.forward is new"),
        (replaces_a_module, "type of network.classifier: Linear before, Identity afterwards"),
        (adds_a_mask, "network.classifier.mask is new"),
        (changes_images, "batch.images: its numbers have changed"),
        (changes_labels, "batch.labels: its numbers have changed"),
    ],
)
def test_what_is_not_put_back_is_caught(slip, detail: str) -> None:
    def sloppy(network, batch):
        """Cross-entropy, and then a slip."""
        value = with_labels(network, batch)
        slip(network, batch)
        return value

    failed = failures_of(sloppy, needs="labels")
    assert set(failed) == {LEFT_ALONE, PICKLABLE}
    assert failed[LEFT_ALONE].endswith(detail)


def test_the_second_of_two_batches_is_looked_at_too() -> None:
    def sloppy(network, batches):
        value = honest(network, batches[0])
        batches[1].images.abs_()
        return value

    assert failures_of(sloppy, batches=2)[LEFT_ALONE] == "batches[1].images: its numbers have changed"


def test_what_is_put_back_is_no_slip() -> None:
    def tidy(network, batch):
        handle = network.units[0].register_forward_hook(lambda *_: None)
        network.eval()
        network(batch.images).sum().backward()
        value = sum(p.grad.abs().sum() for p in network.parameters() if p.grad is not None)
        handle.remove()
        network.train()
        network.zero_grad()
        return value

    assert set(failures_of(tidy)) == {PICKLABLE, DOCUMENTED}


@pytest.mark.parametrize(
    ("function", "needs", "part"),
    [
        (with_labels, "images", "labels"),
        (with_labels, "network", "images"),
        (honest, "network", "images"),
        (lambda network, batch: batch.noise().sum(), "network", "images"),
        (lambda network, batch: network(batch.images).mean() * (batch.labels == 1).sum(), "images", "labels"),
        (lambda network, batch: network(batch.images)[batch.labels].mean().item(), "images", "labels"),
        (lambda network, batch: len(batch.labels), "images", "labels"),
    ],
)
def test_what_is_used_undeclared_is_caught(function, needs: str, part: str) -> None:
    failed = failures_of(function, needs=needs)
    assert failed[NEEDED] == f"uses batch.{part}, but declares needs={needs!r}; declare needs={part!r}"


def test_a_value_that_hides_its_use_is_caught() -> None:
    def hiding(network, batch):
        try:
            return with_labels(network, batch)
        except TypeError:
            return honest(network, batch)

    failed = failures_of(hiding)
    assert set(failed) == {NEEDED, PICKLABLE, DOCUMENTED}
    assert failed[NEEDED] == "uses batch.labels, but declares needs='images'; declare needs='labels'"


def test_handing_on_is_no_use() -> None:
    def halving(network, batch):
        return honest(network, dataclasses.replace(batch, images=batch.images[:4]))

    assert set(failures_of(halving)) == {PICKLABLE, DOCUMENTED}


def test_what_is_declared_and_not_used_is_caught() -> None:
    failed = failures_of(honest, needs="labels")
    assert failed == {NEEDED: "declares needs='labels', but does not use labels; declare needs='images'"}

    def norm(network, batch):
        return network.classifier.weight.norm().item()

    failed = failures_of(norm, needs="images")
    assert failed[NEEDED] == "declares needs='images', but does not use images; declare needs='network'"
    assert NEEDED not in failures_of(norm, needs="network")
    assert NEEDED not in failures_of(with_labels, needs="labels")


def test_without_a_network_there_is_nothing_to_leave_alone() -> None:
    def layers(architecture, setting):
        return architecture.layers

    found = checks_of(layers, needs="architecture", deterministic=True)
    assert set(failures(found)) == {PICKLABLE, DOCUMENTED}
    assert not {LEFT_ALONE, NEEDED} & set(found)
    combined = checks_of(sum, needs="scores", parts=("flops", "params"), deterministic=True)
    assert failures(combined) == {}
    assert not {LEFT_ALONE, NEEDED} & set(combined)
