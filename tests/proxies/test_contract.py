"""The contract: every proxy keeps it, and one whose values break it is told so."""

import dataclasses
import itertools
import random

import numpy as np
import pytest
import torch
from probes import (
    DOCUMENTED,
    FINITE,
    LEFT_ALONE,
    NEEDED,
    PICKLABLE,
    PORTABLE,
    REPRODUCIBLE,
    SEEDED,
    checks,
    checks_of,
    failures,
    failures_of,
    honest,
)
from torch.nn import functional
from zsbench import proxies, space
from zsbench.proxies import contract

STRUCTURES, CELLS = contract.FAMILIES
DEAD_BRANCHES = CELLS[1]


@pytest.mark.parametrize("name", proxies.names())
def test_every_proxy_keeps_the_contract(name: str) -> None:
    assert failures(checks(name)) == {}


def test_an_honest_proxy_passes_every_check() -> None:
    found = checks_of(honest)
    assert failures(found) == {}
    assert list(found) == [FINITE, REPRODUCIBLE, SEEDED, LEFT_ALONE, NEEDED, PICKLABLE, DOCUMENTED]
    assert all(check.detail == "" for check in found.values())


@pytest.mark.parametrize("declared", [{"batches": 2}, {"mode": "removed"}, {"batch": "ones"}, {"precision": "float64"}])
def test_what_is_declared_is_what_is_checked(declared: dict) -> None:
    def first(network, batch):
        """`honest` on the first batch."""
        return honest(network, batch[0] if isinstance(batch, tuple) else batch)

    assert set(failures_of(first, **declared)) == {PICKLABLE}


def test_the_networks_have_what_trips_formulas_up() -> None:
    assert {type(space.parse(text)) for text in STRUCTURES} == {space.Structure}
    whole, dead = (space.parse(text) for text in CELLS)
    assert len(set(whole.operations)) == 5, "every operation"
    network = space.build(dead, 4)
    logits = network(torch.randn(2, 3, 8, 8))
    gradients = torch.autograd.grad(logits.sum(), list(network.parameters()), allow_unused=True)
    assert any(g is None or not g.any() for g in gradients), "weights without an influence"


@pytest.mark.parametrize(
    ("returned", "declared", "detail"),
    [
        (float("nan"), {}, "nan: the proxy returned NaN, on SuperConv"),
        (-float("inf"), {}, "inf: the proxy returned -inf, on SuperConv"),
        ((1.0, float("nan")), {"relative": "rank_sum", "components": 2}, "nan: the proxy returned NaN, on SuperConv"),
        (None, {}, "error: TypeError"),
    ],
)
def test_what_is_no_number_is_caught(returned: object, declared: dict, detail: str) -> None:
    found = checks_of(lambda network, batch: batch.images is None or returned, **declared)
    assert failures(found)[FINITE].startswith(detail)
    assert not {REPRODUCIBLE, SEEDED} & set(found), "without a value there is nothing to compare"


def test_dead_branches_are_caught() -> None:
    def logarithmic(network, batch):
        loss = network(batch.images).square().mean()
        weights = [layer.weight for layer in network.layers()]
        gradients = torch.autograd.grad(loss, weights, materialize_grads=True)
        return sum(g.norm().log() for g in gradients)

    assert failures_of(logarithmic)[FINITE] == f"inf: the proxy returned -inf, on {DEAD_BRANCHES}"


def defined_for(*kinds: type, message: str = "tilt is defined for some networks only"):
    def tilt(network, batch):
        if not isinstance(network.architecture, kinds):
            raise ValueError(message)
        return honest(network, batch)

    return tilt


@pytest.mark.parametrize("kind", [space.Structure, space.Cell])
def test_a_proxy_may_be_undefined_for_a_family(kind: type) -> None:
    found = checks_of(defined_for(kind))
    assert set(failures(found)) == {PICKLABLE, DOCUMENTED}
    assert {REPRODUCIBLE, SEEDED, LEFT_ALONE, NEEDED} < set(found)


def test_a_proxy_has_to_say_so_where_it_is_undefined() -> None:
    detail = failures_of(defined_for(space.Structure, message="no blocks"))[FINITE]
    assert detail == f"error: ValueError: no blocks, on {CELLS[0]}"
    assert failures_of(defined_for())[FINITE].startswith("no network has a value: ValueError: tilt")


def test_a_family_cannot_be_defined_in_part() -> None:
    def picky(network, batch):
        if str(network.architecture) == DEAD_BRANCHES:
            raise ValueError("picky is defined for live cells only")
        return honest(network, batch)

    assert failures_of(picky)[FINITE].endswith(f"live cells only, on {DEAD_BRANCHES}")


def python_random(network, batch):
    return random.random() + float(batch.images.sum())


def numpy_random(network, batch):
    return np.random.rand() + float(batch.images.sum())


COUNT = itertools.count()


def counting(network, batch):
    return next(COUNT) + float(batch.images.sum())


def one_component_drifts(network, batch):
    return float(batch.images.sum()), next(COUNT)


@pytest.mark.parametrize(
    ("function", "declared"),
    [
        (python_random, {}),
        (numpy_random, {}),
        (counting, {}),
        (one_component_drifts, {"relative": "rank_sum", "components": 2}),
    ],
)
def test_what_drifts_is_caught(function, declared: dict) -> None:
    failed = failures_of(function, **declared)
    assert set(failed) == {REPRODUCIBLE, DOCUMENTED}
    assert failed[REPRODUCIBLE].startswith("equal arguments gave ")
    assert "draw random numbers from batch.generator or torch, and keep nothing between calls" in failed[REPRODUCIBLE]


def test_random_numbers_of_torch_and_of_the_batch_are_fine() -> None:
    def dropping(network, batch):
        noisy = functional.dropout(batch.images + batch.noise(), 0.5)
        return network(noisy).mean().item()

    assert set(failures_of(dropping)) == {PICKLABLE, DOCUMENTED}


@pytest.mark.parametrize("rule", [None, "rank_sum"])
def test_the_seed_has_to_matter_as_declared(rule: str | None) -> None:
    def size(network, batch):
        count = float(sum(p.numel() for p in network.parameters()))
        return (count, 1.0) if rule else count

    def drawn(network, batch):
        mean = network(batch.images).mean().item()
        return (1.0, mean) if rule else mean

    ranked = {"relative": rule, "components": 2 if rule else 1}
    failed = failures_of(size, needs="network", **ranked)
    assert failed[SEEDED] == "another seed gives the same value; declare deterministic=True"
    assert SEEDED not in failures_of(size, needs="network", deterministic=True, **ranked)
    failed = failures_of(drawn, deterministic=True, **ranked)
    assert failed[SEEDED] == "declared deterministic, but another seed gives another value"


@pytest.mark.parametrize(
    ("error", "precision", "agrees"),
    [(1e-4, "float32", True), (1e-2, "float32", False), (1e-7, "float64", True), (1e-4, "float64", False)],
)
@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_a_gpu_has_to_agree(
    monkeypatch: pytest.MonkeyPatch, error: float, precision: str, agrees: bool, device: str
) -> None:
    def scored(name, architecture, device, **arguments):
        found = proxies.score(name, architecture, device="cpu", **arguments)
        return dataclasses.replace(found, value=found.value * (1 + error)) if device == "cuda" else found

    monkeypatch.setattr(contract, "score", scored)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    check = checks_of(honest, device, precision=precision)[PORTABLE]
    assert check.passed == agrees
    if not agrees:
        assert check.detail.startswith(f"{device} gives ")
        assert "on SuperConv" in check.detail


def test_functions_that_workers_cannot_be_given_are_caught() -> None:
    failed = failures_of(lambda network, batch: honest(network, batch))
    assert set(failed) == {PICKLABLE, DOCUMENTED}
    assert failed[PICKLABLE].startswith(
        "the function cannot be sent to worker processes; define it at the top level of a file: "
    )
    assert failed[DOCUMENTED] == "the function has no docstring; give its formula, source and deviations"


def test_torch_is_left_as_it_was() -> None:
    def rude(network, batch):
        torch.set_grad_enabled(False)
        torch.manual_seed(3)
        return honest(network, batch)

    before = torch.is_grad_enabled(), torch.get_rng_state()
    checks_of(rude)
    assert torch.is_grad_enabled() == before[0]
    assert torch.equal(torch.get_rng_state(), before[1])
