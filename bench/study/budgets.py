"""Check budgets: measure what they limit on built networks, and store it beside what the search assumed."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from ... import space
from ...results import Store
from ...search import Budget, ExhaustedError, stratified_sample
from ...space import Architecture
from ..errors import UsageError
from ..latency.timing import Reference, latency_precision, time_networks
from ..progress import stage
from ..rows import Row
from .config import StudyConfig


@dataclass(frozen=True)
class LatencyJob:
    """Times one network, on the device of the study and with its threads.

    `predicted` is in milliseconds per image; `role` is "winner", or "sample" for a random network. The `drift` of the
    row is the time of the `reference`, timed in turn, divided by its time when the predictor was made.
    """

    architecture: str
    role: str
    predicted: float
    resolution: int
    batch_size: int
    num_classes: int
    device: str
    repeats: int
    reference: Reference

    @property
    def key(self) -> Row:
        """The columns that identify the measurement in the store."""
        names = ("architecture", "role", "resolution", "batch_size", "device")
        return {
            "quantity": "latency_ms",
            "precision": latency_precision(self.device),
            **{n: getattr(self, n) for n in names},
        }

    def run(self) -> Row:
        """Measure; return a row of the store's table `measurements`, in milliseconds per image."""
        start = time.perf_counter()
        row = {**self.key, "predicted": self.predicted}
        try:
            timing, reference = time_networks(
                [space.parse(self.architecture), space.parse(self.reference.architecture)],
                self.resolution,
                self.batch_size,
                self.num_classes,
                self.device,
                self.repeats,
            )
        except RuntimeError as error:  # which PyTorch raises when a device has no memory left
            return {**row, "status": "error", "reason": str(error), "seconds": time.perf_counter() - start}
        return {
            **row,
            "measured": timing.median / self.batch_size,
            "spread": timing.spread / self.batch_size,
            "repeats": timing.repeats,
            "drift": reference.median / self.reference.ms,
            "status": "ok",
            "seconds": time.perf_counter() - start,
        }


@dataclass(frozen=True)
class MacsJob:
    """Counts the multiply-adds of one winner with PyTorch's own counter, on the meta device."""

    architecture: str
    predicted: int
    resolution: int
    num_classes: int

    @property
    def key(self) -> Row:
        """The columns that identify the measurement in the store."""
        told = {"quantity": "macs", "role": "winner", "batch_size": 1, "precision": "exact", "device": "meta"}
        return {**told, "architecture": self.architecture, "resolution": self.resolution}

    def run(self) -> Row:
        """Count; return a row of the store's table `measurements`. (The counter counts a multiply-add twice.)"""
        start = time.perf_counter()
        measured = self._counted(space.parse(self.architecture))
        counted = {"measured": measured, "spread": 0.0, "repeats": 1, "status": "ok"}
        return {**self.key, "predicted": self.predicted, **counted, "seconds": time.perf_counter() - start}

    def _counted(self, architecture: Architecture) -> float:
        if isinstance(architecture, space.Own):
            return float(architecture.space.counted(architecture, self.resolution, self.num_classes).macs)
        from torch.utils.flop_counter import FlopCounterMode  # at first use: it imports half of the compiler

        with torch.device("meta"), torch.inference_mode(), FlopCounterMode(display=False) as counter:
            network = space.build(architecture, self.num_classes, device="meta").eval()
            network(torch.empty(1, space.IMAGE_CHANNELS, self.resolution, self.resolution))
        return counter.get_total_flops() / 2


def random_networks(config: StudyConfig, budget: Budget) -> list[Architecture]:
    """Draw the networks on which the predictor's error is measured, from fast to slow; none without a limit of latency.

    Raises UsageError if the budget holds too few networks.
    """
    if budget.latency is None:
        return []
    try:
        count, seed = config.latency.networks, config.correlation.seed
        return stratified_sample(config.search_space(), budget, count, seed, budget.latency)
    except (ExhaustedError, ValueError) as error:
        raise UsageError(f"latency.networks: {error}") from None


def check_budgets(
    store: Store,
    config: StudyConfig,
    budget: Budget,
    device: str,
    sample: Sequence[Architecture],
    reference: Reference | None,
) -> None:
    """Measure what the budget limits: on the winners, and on a random sample, which shows the predictor's error."""
    winners = [space.parse(text) for text in store.searches().winner.dropna()]
    if budget.macs is not None:
        size = (budget.resolution, budget.num_classes)
        _run(store, [MacsJob(str(a), budget.cost(a).macs, *size) for a in winners], "count the winners' multiply-adds")
    if budget.latency is not None and reference is not None:
        roles = [(a, "winner") for a in winners] + [(a, "sample") for a in sample]
        jobs = [
            LatencyJob(
                architecture=str(architecture),
                role=role,
                predicted=budget.latency(architecture),
                resolution=budget.resolution,
                batch_size=config.latency.batch_size,
                num_classes=budget.num_classes,
                device=device,
                repeats=config.latency.repeats,
                reference=reference,
            )
            for architecture, role in roles
        ]
        _run(store, jobs, "measure latencies")


def _run(store: Store, jobs: Sequence[LatencyJob | MacsJob], title: str) -> None:
    """Run the jobs that the store lacks, one after another in this process, since they would disturb each other."""
    distinct = {tuple(job.key.items()): job for job in jobs}.values()
    wanted = [job for job in distinct if store.measurements(**job.key).empty]
    if not wanted:
        return
    with stage(title, len(wanted)) as advance:
        for job in wanted:
            store.add_measurement(job.run())
            advance("")
