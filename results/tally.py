"""Count the rows of a running study, to tell its progress; no row is read twice."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from . import facts
from .store import Store

Record = dict[Hashable, Any]


class Part(NamedTuple):
    """A part of a study: how many of its rows are there; `wanted` is None where the study does not say how many."""

    name: str
    done: int
    wanted: int | None

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do; a part of which nobody knows the size has no end of its own."""
        return self.wanted is not None and self.done >= self.wanted


@dataclass
class ProxyProgress:
    """What there is of one proxy: `scores` of all architectures, `best` as it gives it, NaN where it has none."""

    searches: int = 0
    scores: int = 0
    best: float = math.nan
    failures: Counter[str] = field(default_factory=Counter)

    def add(self, value: float | None, higher: bool) -> None:
        """Include a value in the best one."""
        if value is not None and (math.isnan(self.best) or (value > self.best if higher else value < self.best)):
            self.best = value


@dataclass(frozen=True)
class Progress:
    """How far a study has come: its parts in order, its proxies, and what failed by part."""

    name: str
    parts: list[Part]
    proxies: dict[str, ProxyProgress]
    under_way: list[str]  # searches that have not ended, in the order in which they are run
    evaluations: int | None  # of one search
    failures: Counter[str]
    rows: int

    @property
    def scores(self) -> int:
        """How many scores there are, of all architectures."""
        return sum(one.scores for one in self.proxies.values())

    @property
    def finished(self) -> bool:
        """Whether all that the study wants is there."""
        return all(part.finished for part in self.parts)

    @property
    def current(self) -> Part | None:
        """The first part that is not finished."""
        return next((part for part in self.parts if not part.finished), None)


class Tally:
    """Counts a study's rows again and again; each look reads only the scores that are new since the last."""

    def __init__(self, store: Store):
        self._store = store
        self._proxies: dict[str, ProxyProgress] = {}
        self._last = 0  # the row number of the last score that was counted
        self._sampled: set[str] = set()
        self._sample_scores = 0

    def look(self) -> Progress:
        """The standing now."""
        with self._store.snapshot():
            known = facts.read(self._store)
            entries = self._store.proxies().to_dict("records")
            self._count_scores({entry["proxy"]: bool(entry["higher_is_better"]) for entry in entries})
            trainings = self._store.trainings()
            failed = Counter({"trainings": int((trainings["status"] != "ok").sum())})
            searches, wanted = self._count_searches(known, entries)
            failed["scores"] = sum(sum(one.failures.values()) for one in self._proxies.values())
            failed["searches"] = sum(row["status"] != "done" for row in searches)
            ended = len(searches)
            under_way = [cell for cell in wanted or [] if cell not in {_cell(row) for row in searches}]
            settings = known.get(facts.SEARCH)
            parts = [
                Part("searches", ended, None if wanted is None else len(wanted)),
                Part("scores of the sample", self._sample_scores, self._wanted_scores(known, entries)),
                _trainings(known, self._store, searches, len(trainings), len(under_way)),
            ]
            return Progress(
                name=str(known.get(facts.NAME, "")),
                parts=[part for part in parts if part.wanted != 0 or part.done],
                proxies={name: replace(one, failures=one.failures.copy()) for name, one in self._proxies.items()},
                under_way=[", ".join(map(str, cell)) for cell in under_way],
                evaluations=settings["evaluations"] if isinstance(settings, dict) else None,
                failures=+failed,
                rows=sum(one.scores for one in self._proxies.values()) + ended + len(trainings),
            )

    def _count_scores(self, higher: dict[str, bool]) -> None:
        sampled = set(self._store.samples()["architecture"])
        if sampled != self._sampled:  # some may have been scored before they were drawn
            self._sampled, self._last, self._proxies = sampled, 0, {}
            self._sample_scores = 0
        for proxy in higher:
            self._proxies.setdefault(proxy, ProxyProgress())
        for row in self._store.score_counts(self._last):
            one = self._proxies.setdefault(row["proxy"], ProxyProgress())
            one.scores += row["count"]
            self._sample_scores += row["sampled"] if row["proxy"] in higher else 0
            self._last = max(self._last, row["last"])
            if row["status"] != "ok":
                one.failures[row["status"]] += row["count"]
            upwards = higher.get(row["proxy"], True)
            one.add(row["highest"] if upwards else row["lowest"], upwards)

    def _count_searches(
        self, known: dict[str, Any], entries: list[Record]
    ) -> tuple[list[Record], list[tuple[str, ...]] | None]:
        """The searches that have ended, and the proxy, strategy and seed of all that the study wants."""
        higher = {entry["proxy"]: bool(entry["higher_is_better"]) for entry in entries}
        relative = {entry["proxy"] for entry in entries if entry["relative"]}
        rows = self._store.searches().to_dict("records")
        for one in self._proxies.values():
            one.searches = 0
        for row in rows:
            one = self._proxies.setdefault(row["proxy"], ProxyProgress())
            one.searches += 1
            # Of a study that is kept as rows, the scores that only a search asked for are not there.
            value = float(row["value"])
            if not math.isnan(value) and row["proxy"] not in relative:
                one.add(value, higher.get(row["proxy"], True))
        settings = known.get(facts.SEARCH)
        if facts.SEARCH in known and settings is None:
            return rows, []
        if not isinstance(settings, dict):
            return rows, None
        return rows, [
            (proxy, strategy, f"seed {seed}")
            for proxy in higher
            for strategy in settings["strategies"]
            for seed in settings["seeds"]
        ]

    def _wanted_scores(self, known: dict[str, Any], entries: list[Record]) -> int | None:
        score = known.get(facts.SCORE)
        if known.get(facts.SAMPLE, "") is None:
            return 0
        if not isinstance(score, dict):
            return None
        seeds = len(score["seeds"])
        count = len(self._sampled) + _not_drawn(known, self._store)
        return count * sum(1 if entry["deterministic"] else seeds for entry in entries)


def _cell(row: Record) -> tuple[str, ...]:
    return row["proxy"], row["strategy"], f"seed {row['seed']}"


def _not_drawn(known: dict[str, Any], store: Store) -> int:
    """How many architectures will be drawn from the final populations of the searches, which have not all ended."""
    sample = known.get(facts.SAMPLE)
    drawn = not store.samples(stratum="top").empty
    return 0 if drawn or not isinstance(sample, dict) else int(sample["top"])


def _trainings(known: dict[str, Any], store: Store, searches: list[Record], done: int, under_way: int) -> Part:
    """The trainings; until all searches have ended, `wanted` is the most that it can be."""
    training = known.get(facts.TRAINING)
    if facts.TRAINING in known and training is None:
        return Part("trainings", done, 0)
    if not isinstance(training, dict):
        return Part("trainings", done, None)
    if training["source"] == facts.LOOKED_UP:
        return Part("accuracies looked up", done, max(done, 1))  # all at once, and last of all
    samples = store.samples()
    texts = {*samples["architecture"], *(row["winner"] for row in searches if isinstance(row["winner"], str))}
    sample = known.get(facts.SAMPLE)
    again = sample["replicates"] if isinstance(sample, dict) else 0
    again = min(again, int((samples["stratum"] == "random").sum()))
    datasets, seeds = len(training["datasets"]), len(training["seeds"])
    return Part("trainings", done, datasets * (seeds * (len(texts) + under_way + _not_drawn(known, store)) + 2 * again))
