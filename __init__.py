"""zsbench: zero-shot NAS proxies compared fairly, from Python.

    import zsbench

    zsbench.score("zen", architecture, resolution=32, batch_size=64)  # one score
    zsbench.rank("naswot")  # where a proxy stands among all others
    study = zsbench.load("runs/quick")  # the rows of a study
    study.table(), study.scores(), study.correlations(), study.plot_scatter("zen")

The packages below are the floors of the house: `space`, `search`, `proxies`, `train`, `results`, `reports`, `bench`.
What is named here is imported at its first use, so that `import zsbench` takes no time.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .bench.standing.api import rank
    from .proxies.contract import check
    from .proxies.registry import proxy
    from .proxies.score import score
    from .reports.study import StoredStudy, load
    from .results import Store
    from .space import search_space

# Public name: the package that holds it.
_PLACES = {
    "proxy": "proxies",
    "score": "proxies",
    "check": "proxies",
    "search_space": "space",
    "rank": "bench.standing.api",
    "Store": "results",
    "StoredStudy": "reports.study",
    "load": "reports.study",
}
_PACKAGES = ("bench", "proxies", "reports", "results", "search", "space", "train")

__all__ = ["Store", "StoredStudy", "check", "load", "proxy", "rank", "score", "search_space"]


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(import_module(f".{_PLACES[name]}", __name__), name)
    if name in _PACKAGES:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, *_PACKAGES])
