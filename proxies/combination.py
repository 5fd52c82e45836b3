"""Combine registered proxies to a new proxy, by a declaration only."""

import math
from collections.abc import Sequence
from typing import Literal, get_args

from .registry import get, names, proxy

How = Literal["rank_sum", "log_rank_sum", "weighted_sum"]


class _Combination:
    """Computes Σ weight · value; without weights it returns the values, which are then ranked.

    A class and not a closure, so that it can be sent to workers. Two combinations are the same if their `identity` is.
    """

    def __init__(self, identity: tuple[object, ...], weights: tuple[float, ...] | None, doc: str):
        self.identity, self.weights, self.__doc__ = identity, weights, doc

    def __call__(self, values: tuple[float, ...]) -> float | tuple[float, ...]:
        if self.weights is None:
            return values
        return sum(weight * value for weight, value in zip(self.weights, values, strict=True))


def combine(name: str, parts: Sequence[str], how: How = "rank_sum", weights: Sequence[float] | None = None) -> None:
    """Register `name` as a combination of the proxies `parts`, with signs such that higher is better for each.

    - "rank_sum": the sum of the ranks within a set of candidates; "log_rank_sum": Σ ln(rank / n);
    - "weighted_sum": Σ weight · value (weights 1 where none are given).

    Raises ValueError for an unknown or relative part, an unknown `how`, or weights that do not fit.
    """
    if how not in get_args(How):
        raise ValueError(f"combination {name!r}: how must be one of {', '.join(get_args(How))}, got {how!r}")
    if len(parts) < 2:
        raise ValueError(f"combination {name!r}: name two proxies or more")
    if how != "weighted_sum" and weights is not None:
        raise ValueError(f"combination {name!r}: ranks have no weights; leave them out, or choose how='weighted_sum'")
    given = tuple(weights) if weights is not None else (1.0,) * len(parts)
    if len(given) != len(parts) or not all(map(math.isfinite, given)):
        raise ValueError(f"combination {name!r}: needs {len(parts)} finite weights, got {list(given)}")
    for part in parts:
        if _made_of(part, name):
            raise ValueError(f"combination {name!r}: its part {part!r} is made of {name!r} itself")
    identity = (how, tuple(parts), given)
    if name in names() and getattr(get(name).function, "identity", identity) != identity:
        # Scores are stored by name, so a name must have one meaning.
        raise ValueError(f"combination {name!r} is already declared with other parts or weights; choose another name")
    deterministic = all(get(part).deterministic for part in parts)
    if how == "weighted_sum":
        terms = " + ".join(f"{weight:g}·{part}" for weight, part in zip(given, parts, strict=True))
        function = _Combination(identity, given, f"{terms}, each turned so that higher is better.")
        proxy(name, needs="scores", parts=parts, deterministic=deterministic)(function)
    else:
        text = f"Ranks of {', '.join(parts)} within the candidates, combined as {how}."
        ranked = proxy(
            name, needs="scores", parts=parts, deterministic=deterministic, relative=how, components=len(parts)
        )
        ranked(_Combination(identity, None, text))


def _made_of(part: str, name: str) -> bool:
    return part == name or any(_made_of(further, name) for further in get(part).parts)
