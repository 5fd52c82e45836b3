"""The contract that every proxy keeps, as checks that anyone can run on theirs."""

import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import space
from proxies.registry import Proxy, get
from proxies.score import Score, score

# Small, but with what trips a formula up: a strided block, a deep one, and a map of one pixel at the end.
TINY = (
    "SuperConvK3BNRELU(3,8,1,1)SuperResK3K3(8,16,2,8,1)SuperConvK1BNRELU(16,16,1,1)",
    "SuperConvK3BNRELU(3,8,1,1)SuperResK1K3K1(8,16,2,8,2)SuperResK1K5K1(16,24,2,8,1)SuperConvK1BNRELU(24,32,1,1)",
    "SuperConvK3BNRELU(3,8,1,1)SuperResIDWE2K3(8,16,2,8,1)SuperResIDWE4K5(16,16,1,8,1)SuperConvK1BNRELU(16,32,1,1)",
)


LIMIT = 60.0  # seconds; a tiny network takes milliseconds


@dataclass(frozen=True)
class Check:
    """One check: what was checked, whether it held, and if not, what was seen."""

    name: str
    passed: bool
    detail: str = ""


def check(name: str, device: str = "cpu") -> Iterator[Check]:
    """Check the proxy of a name; ValueError if there is none.

    What a proxy does to torch's global state is not checked: the harness puts it back after each score.
    """
    proxy = get(name)
    first = [_score(proxy, text, device) for text in TINY]
    for title, test in _CHECKS.items():
        problem = test(proxy, first, device)
        yield Check(title, not problem, problem)


def _score(proxy: Proxy, text: str, device: str, seed: int = 0) -> Score:
    return score(
        proxy.name,
        space.parse(text),
        seed=seed,
        resolution=16,
        batch_size=8,
        num_classes=10,
        device=device,
        limit=LIMIT,
    )


def _finite(proxy: Proxy, first: list[Score], device: str) -> str:
    return next((f"{s.status}: {s.reason}" for s in first if s.status != "ok"), "")


def _reproducible(proxy: Proxy, first: list[Score], device: str) -> str:
    # In reverse, so that a value which depends on what was computed before shows.
    again = [_score(proxy, text, device) for text in reversed(TINY)][::-1]
    for one, other in zip(first, again, strict=True):
        if one.value != other.value:
            return f"equal arguments gave {one.value} and {other.value}"
    return ""


def _seeded(proxy: Proxy, first: list[Score], device: str) -> str:
    same = all(_score(proxy, text, device, seed=1).value == s.value for text, s in zip(TINY, first, strict=True))
    if proxy.deterministic and not same:
        return "declared deterministic, but another seed gives another value"
    if not proxy.deterministic and same:
        return "another seed gives the same value; declare deterministic=True"
    return ""


def _picklable(proxy: Proxy, first: list[Score], device: str) -> str:
    try:
        pickle.dumps(proxy.function)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        return f"workers cannot be given the function: {error}"
    return ""


def _documented(proxy: Proxy, first: list[Score], device: str) -> str:
    return "" if proxy.summary else "the function has no docstring: formula, source, deviations"


_CHECKS: dict[str, Callable[[Proxy, list[Score], str], str]] = {
    "finite on tiny networks": _finite,
    "equal arguments give an equal value": _reproducible,
    "the seed matters as declared": _seeded,
    "can be sent to workers": _picklable,
    "documented": _documented,
}
