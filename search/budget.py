"""Budgets: what a candidate may cost. The same for every proxy of a study."""

from collections.abc import Callable
from dataclasses import dataclass, field

from .. import space


@dataclass(frozen=True)
class Budget:
    """Upper limits of a candidate's cost; None means no limit. Costs are those of the network with its shortcuts.

    `params`: number of parameters. `macs`: multiply-adds for one image of `resolution` pixels. `layers`: as the space
    counts them. `effectiveness`: ρ of the plain network. `num_classes`: that of the classifier. `latency_ms`:
    milliseconds per image, as `latency` predicts them; such a limit without a predictor raises ValueError.
    """

    params: int | None = None
    macs: int | None = None
    layers: int | None = None
    effectiveness: float | None = None
    resolution: int = 32
    num_classes: int = 100
    latency_ms: float | None = None
    latency: Callable[[space.Architecture], float] | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.latency_ms is not None and self.latency is None:
            raise ValueError("a limit of latency needs a predictor: give `latency` with `latency_ms`")

    def cost(self, architecture: space.Architecture) -> space.Cost:
        """The cost that the limits are compared with."""
        return space.cost(architecture, self.resolution, self.num_classes)

    def violation(self, architecture: space.Architecture) -> str | None:
        """The first limit that the architecture exceeds, by name; None if it keeps them all."""
        if self.layers is not None and architecture.layers > self.layers:
            return "layers"
        # Parameters have a fast path: most rejected proposals exceed this limit.
        if self.params is not None and space.params(architecture, self.num_classes) > self.params:
            return "params"
        if self.macs is not None and self.cost(architecture).macs > self.macs:
            return "macs"
        if self.effectiveness is not None and space.effectiveness(architecture) > self.effectiveness:
            return "effectiveness"
        # Last, because it takes the most time.
        if self.latency_ms is not None and self.latency is not None and self.latency(architecture) > self.latency_ms:
            return "latency"
        return None

    def __str__(self) -> str:
        limits = {"params": self.params, "MACs": self.macs, "layers": self.layers, "effectiveness": self.effectiveness}
        texts = [f"{name} ≤ {limit:,}" for name, limit in limits.items() if limit is not None]
        if self.latency_ms is not None:
            texts.append(f"latency ≤ {self.latency_ms:g} ms per image")
        return ", ".join(texts) or "none"
