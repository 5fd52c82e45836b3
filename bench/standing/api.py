"""`zsbench.rank`: rank a proxy from a script or a notebook."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from matplotlib.axes import Axes

from ... import proxies, reports
from ...results import Trained, Verdict
from ..devices import resolve_device
from ..messages import say
from ..tabular import trained
from .ranking import Ranked, Running, rank_on
from .table import load
from .writing import write_verdicts

Kind = Literal["ladder", "scatter", "cost"]


class Ranking:
    """The result of ranking a proxy on a table; printing it shows the verdict in sentences.

    `verdicts` has one `results.Verdict` for each data set of the table, `verdict` is the first of them. The frames are
    those of that one.
    """

    def __init__(self, ranked: Ranked):
        self.verdicts: tuple[Verdict, ...] = ranked.verdicts
        self.trained: Trained = ranked.trained
        self._ranked = ranked

    @property
    def verdict(self) -> Verdict:
        """The verdict on the first data set."""
        return self.verdicts[0]

    @property
    def ladder(self) -> pd.DataFrame:
        """All proxies, the best first: `proxy, tau, low, high, seconds, pareto, rank`."""
        return self.verdict.ladder

    @property
    def points(self) -> pd.DataFrame:
        """The networks: `architecture, score, accuracy, params`."""
        return self.verdict.points

    @property
    def against(self) -> pd.DataFrame:
        """Every comparison: `proxy, n, tau, difference, low, high, p_adjusted`."""
        return self.verdict.placement.others

    @property
    def scores(self) -> pd.DataFrame:
        """The scores of the proxy, one row for each network and seed."""
        rows = self.trained.scores
        return rows[rows["proxy"] == self.verdict.proxy].reset_index(drop=True)

    def plot(self, kind: Kind = "ladder", ax: Axes | None = None) -> Axes:
        """Draw one of three figures: all proxies, score against accuracy, or cost against worth."""
        found = self.verdict
        if kind == "ladder":
            return reports.draw_ladder(found.ladder, found.proxy, ax)
        if kind == "scatter":
            return reports.draw_scatter(found.points, ax, found.proxy)
        if kind == "cost":
            return reports.draw_cost(found.ladder, found.proxy, ax)
        raise ValueError(f"no figure {kind!r}: choose ladder, scatter or cost")

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write the page, the verdict as text and JSON, the frames and the figures; return the path of the page."""
        return write_verdicts(Path(folder), [self._ranked])

    def __repr__(self) -> str:
        return "\n".join(reports.verdict_text(found, self._ranked.ended) for found in self.verdicts)


def rank(
    proxy: str | Callable[..., Any],
    table: str | None = None,
    *,
    accuracies: str | os.PathLike[str] | None = None,
    budget: float | None = None,
    half_width: float | None = None,
    device: str = "auto",
    data_root: str | None = None,
    progress: bool = True,
    imports: Sequence[Path] = (),
    workers: int | None = None,
    **declared: Any,
) -> Ranking:
    """Rank a proxy among all others on a table of trained networks.

    `proxy` is a name, a function that `@proxy` has registered, or a plain function, which is registered under its own
    name with what is `declared` (`init="gaussian"`, …). `table` is a name of `zsbench list tables`; default: the one
    with accuracies and most networks. `accuracies` is the file of a table that holds scores only. Only this proxy is
    scored; the scores of all others are stored. It ends when all networks are scored, after `budget` seconds, or when
    the 95 % interval of tau is at most twice `half_width` wide; an interrupt gives the verdict so far.

    Raises:
        ValueError: an unknown name or table, or fewer than three networks have a score.
    """
    for title, number in (("budget", budget), ("half_width", half_width)):
        if number is not None and not number > 0:
            raise ValueError(f"{title} must be a number above 0, got {number!r}")
    if not (isinstance(proxy, str) or callable(proxy)):
        raise ValueError(f"a proxy is a name or a function, got {proxy!r}")
    name = name_of(proxy, declared)
    held = load(trained.default().name if table is None else table, None if accuracies is None else str(accuracies))
    settings = held.settings(name, resolve_device(device), data_root)
    files = list(imports)
    return Ranking(
        rank_on(
            held,
            name,
            settings,
            budget=budget,
            half_width=half_width,
            tell=_tell if progress else None,
            imports=files,
            workers=workers,
            alone=not files and not proxies.get(name).builtin,
        )
    )


def name_of(proxy: str | Callable[..., Any], declared: dict[str, Any]) -> str:
    """Return the name under which a proxy is registered; register a plain function first."""
    if isinstance(proxy, str):
        return proxies.get(proxy).name
    for name in proxies.names():
        if proxies.get(name).function is proxy and not declared:
            return name
    name = getattr(proxy, "__name__", type(proxy).__name__)
    proxies.proxy(name, **declared)(proxy)
    return name


def _tell(now: Running) -> None:
    say(reports.running_line(now.n, now.total, now.tau, now.low, now.high, now.rank, now.of, now.seconds))
