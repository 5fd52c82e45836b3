"""Proxies made for a test, and what the contract says of them."""

import torch
from zsbench import proxies
from zsbench.proxies import registry

FINITE = "finite on tiny networks"
REPRODUCIBLE = "equal arguments give an equal value"
SEEDED = "the seed matters as declared"
LEFT_ALONE = "leaves network and batch as they were"
NEEDED = "needs what it declares"
PORTABLE = "CPU and GPU agree"
PICKLABLE = "can be sent to workers"
DOCUMENTED = "documented"


def honest(network, batch):
    """Mean of the squared logits. It keeps the contract, and offenders differ from it by one slip."""
    return network(batch.images).square().mean().item()


def checks(name: str, device: str = "cpu") -> dict[str, proxies.Check]:
    """The checks of a proxy by name; with one thread, as studies score: tiny networks are no faster with more."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return {check.name: check for check in proxies.check(name, device)}
    finally:
        torch.set_num_threads(threads)


def checks_of(function, device: str = "cpu", **declared) -> dict[str, proxies.Check]:
    """The checks of a function, which is registered for so long only."""
    proxies.proxy("probe", **declared)(function)
    try:
        return checks("probe", device)
    finally:
        del registry._REGISTRY["probe"]


def failures(found: dict[str, proxies.Check]) -> dict[str, str]:
    """The details of those that failed."""
    return {check.name: check.detail for check in found.values() if not check.passed}


def failures_of(function, **declared) -> dict[str, str]:
    """The details of the checks that a function fails."""
    return failures(checks_of(function, **declared))
