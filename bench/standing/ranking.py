"""Rank one proxy on one table: score network after network, report the running estimate, end with a verdict."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...results import Trained, Verdict, correlate, placement, prepare, verdict
from ..jobs import Setting
from ..rows import Row
from .scoring import score_networks
from .table import RankingTable, as_frames

LEAST = 3  # networks for a verdict
BATCH = 8  # networks between two running estimates, or a tenth of those that are scored already
SHORTEST = 1.0  # seconds that every score may take, whatever the budget
SECONDS = 1.0  # between two running estimates that are shown
REFERENCES = ("zen", "naswot_zen", "grad_norm", "params")  # proxies whose stored time tells how fast this machine is
TIMED = 5  # networks that a reference is timed on


@dataclass(frozen=True)
class Running:
    """The estimate after `n` of `total` networks: tau and its interval, NaN while tau is not known."""

    n: int
    total: int
    seconds: float
    tau: float
    low: float
    high: float
    rank: int
    of: int

    @property
    def half_width(self) -> float:
        """Half of the interval's width."""
        return (self.high - self.low) / 2


Tell = Callable[[Running], None]


@dataclass(frozen=True)
class Ranked:
    """The result of a ranking: one verdict for each data set, and why scoring ended early, if it did."""

    verdicts: tuple[Verdict, ...]
    trained: Trained
    ended: str = ""  # "budget", "narrow", "interrupted" or nothing


def rank_on(
    table: RankingTable,
    name: str,
    settings: Sequence[Setting],
    *,
    budget: float | None = None,
    half_width: float | None = None,
    tell: Tell | None = None,
    imports: Sequence[Path] = (),
    workers: int | None = None,
    alone: bool = False,
) -> Ranked:
    """Score a proxy until all networks are scored, `budget` seconds have passed, or tau ± `half_width` is known.

    An interrupt (Ctrl-C) ends it too and gives the verdict so far. Raises ValueError if fewer than three networks have
    a score.
    """
    factor = _machine(table, settings[0])
    if budget:  # within it at least LEAST networks should be tried
        share = max(SHORTEST, budget / (LEAST * len(settings)))
        settings = [replace(one, limit=min(one.limit, share)) for one in settings]
    start = time.perf_counter()
    due, batch = 0.0, BATCH
    rows: list[Row] = []
    done, ended = 0, ""
    # The limits say how many networks are scored, never which; that of the interval is looked at after fixed numbers.
    stream = score_networks(name, settings, table.order, imports, workers, alone)
    try:
        for found in stream:
            rows += found
            done += 1
            spent = time.perf_counter() - start
            last = done == len(table.order)
            if done == batch and not last:
                batch += max(BATCH, done // 10)
                shown = tell is not None and spent >= due
                if shown or half_width is not None:
                    now = _running(table, name, rows, done, spent)
                    due = time.perf_counter() - start + SECONDS
                    if tell is not None and shown:
                        tell(now)
                    if half_width is not None and now.half_width <= half_width:
                        ended = "narrow"
            enough = done >= LEAST or not any(row["status"] == "ok" for row in rows)
            if budget and spent >= budget and enough and not last:
                ended = ended or "budget"
            if ended:
                break
    except KeyboardInterrupt:
        ended = "interrupted"
    finally:
        stream.close()
    texts = table.order[:done]
    held = table.trained.with_scores(*as_frames(name, rows[: done * len(settings)])) if rows else table.trained
    scale = {one: seconds * factor for one, seconds in held.seconds(set(held.proxies["proxy"]) - {name}).items()}
    verdicts = tuple(verdict(name, table.name, held, dataset, texts, scale) for dataset in held.datasets())
    return Ranked(verdicts, held, ended)


def _running(table: RankingTable, name: str, rows: list[Row], done: int, spent: float) -> Running:
    held = table.trained.with_scores(*as_frames(name, rows))
    dataset = held.datasets()[0]
    known = held.known(table.order[:done], dataset)
    names = [*(one for one in table.trained.whole() if one != name), name]
    scores = held.matrices(names, known.index)
    accuracy = known["accuracy"].to_numpy("float64")
    found = correlate(scores[name], accuracy, resamples=1000, only=("tau",)).estimates["tau"]
    place = placement(prepare(scores, accuracy, resamples=0), name)
    return Running(done, len(table.order), spent, *found, place.rank, place.of)


def _machine(table: RankingTable, setting: Setting) -> float:
    """The ratio of the time of a score on this machine to the stored time; 1 if it is not known.

    One proxy with stored scores is timed on a few networks, so that costs of both machines compare.
    """
    whole = table.trained.whole()
    reference = next((one for one in REFERENCES if one in whole), None)
    if reference is None or setting.device != "cpu":
        return 1.0
    (mine, *_) = table.settings(reference, setting.device, setting.data_root)
    stored = table.trained.scores
    stored = stored[(stored["proxy"] == reference) & (stored["status"] == "ok")]
    stored = stored.groupby("architecture")["seconds"].min()
    ratios = []
    for network in score_networks(reference, [replace(mine, device="cpu")], table.order[:TIMED], workers=1):
        row = network[0]
        if row["status"] == "ok" and stored.get(row["architecture"], 0) > 0:
            ratios.append(row["seconds"] / stored[row["architecture"]])
    return float(np.median(ratios)) if ratios else 1.0
