"""One search: the strategy asks for scores, jobs compute them, the strategy is told, and rows are stored."""

import json
import time
from collections import Counter, deque
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any

from ... import proxies
from ...results import Store
from ...search import STRATEGIES, Best, Budget, ExhaustedError, Strategy
from ...space import Architecture, Space
from ..jobs import Setting
from ..progress import Watch
from ..rows import Row, block_rows, size_columns
from .scoring import Scores


@dataclass(frozen=True)
class SearchPlan:
    """One search of a study with this `seed`; `setting` is the one of its scores."""

    proxy: str
    setting: Setting
    seed: int
    space: Space
    budget: Budget
    strategy: str
    evaluations: int
    population: int
    lag: int

    @property
    def key(self) -> dict[str, Any]:
        """The columns that identify the search in the store."""
        return {
            "proxy": self.proxy,
            "protocol": self.setting.protocol,
            "space": self.setting.space,
            "strategy": self.strategy,
            "seed": self.seed,
        }


def run_search(plan: SearchPlan, store: Store, executor: Executor, watch: Watch) -> None:
    """Run a search to its end and store its row; scores that the store has already are not computed again.

    There are always `plan.lag` candidates in flight, and their scores are told in order. So the result does not depend
    on the executor, nor on whether the search was interrupted.
    """
    proxy = proxies.get(plan.proxy)
    strategy = STRATEGIES[plan.strategy](plan.space, plan.budget, plan.seed, plan.population, proxy.relative)
    sign = 1.0 if proxy.higher_is_better else -1.0
    curve: list[Row] = []
    statuses: Counter[str] = Counter()
    scoring = waiting = 0.0
    start = time.perf_counter()
    out: deque[tuple[Architecture, Row | Future[Row]]] = deque()
    exhausted = ""
    inline = proxy.builtin and proxy.needs == "architecture"
    with Scores(plan.proxy, plan.setting, store, executor, inline) as scores:
        while True:
            while len(out) < plan.lag and strategy.counts.evaluations + len(out) < plan.evaluations and not exhausted:
                try:
                    candidate = strategy.ask()
                except ExhaustedError as error:
                    exhausted = str(error)
                else:
                    before = time.perf_counter()
                    out.append((candidate, scores.submit(candidate)))
                    waiting += time.perf_counter() - before
            if not out:
                break
            candidate, scored = out.popleft()
            before = time.perf_counter()
            row = scores.keep(candidate, scored)
            waiting += time.perf_counter() - before
            scoring += row["seconds"]
            statuses[row["status"]] += 1
            best = strategy.best
            strategy.tell(candidate, row["components"] if row["value"] is None else sign * row["value"])
            now = strategy.best
            if now is not None and now is not best and (best is None or now.architecture != best.architecture):
                seconds = _seconds_alone(scoring, start, waiting)
                curve.append(_improvement_row(plan, now, strategy.counts.evaluations, sign, seconds))
            # A relative value is not shown: it changes with the population.
            watch.tick(strategy.counts, None if now is None or proxy.relative else sign * now.value, scores.stored)
    row = _search_row(plan, strategy, statuses, exhausted, sign, _seconds_alone(scoring, start, waiting))
    store.add_search(row, curve, _member_rows(plan, strategy, sign))


def _seconds_alone(scoring: float, start: float, waiting: float) -> float:
    """Seconds that one worker would have needed so far: for scores and strategy, without waiting."""
    return scoring + time.perf_counter() - start - waiting


def _member_rows(plan: SearchPlan, strategy: Strategy, sign: float) -> list[dict[str, Any]]:
    """Rows of the final population, best first."""
    relative = proxies.get(plan.proxy).relative
    return [
        {"place": place, "architecture": str(architecture), "value": None if relative else sign * value}
        for place, (architecture, value) in enumerate(strategy.members)
    ]


def _improvement_row(plan: SearchPlan, best: Best, evaluation: int, sign: float, seconds: float) -> dict[str, Any]:
    # `evaluation` is when it became the best: for a relative proxy, that may be later than it was found.
    value = _value(plan, best, sign)
    found = {"value": value, "architecture": str(best.architecture), "seconds": seconds}
    return {**plan.key, "evaluation": evaluation, **found}


def _value(plan: SearchPlan, best: Best | None, sign: float) -> float | None:
    """The value to store; None for a relative proxy, whose ranks mean nothing outside this search."""
    return None if best is None or proxies.get(plan.proxy).relative else sign * best.value


def _search_row(
    plan: SearchPlan, strategy: Strategy, statuses: Counter[str], exhausted: str, sign: float, seconds: float
) -> dict[str, Any]:
    counts, best = strategy.counts, strategy.best
    budget = plan.budget
    cost = budget.cost(best.architecture) if best else None
    return {
        **plan.key,
        "score_seed": plan.setting.seed,
        "status": "exhausted" if exhausted else "done",
        "reason": exhausted,
        "winner": str(best.architecture) if best else None,
        "value": _value(plan, best, sign),
        **size_columns(cost),
        "latency_ms": budget.latency(best.architecture) if best and budget.latency else None,
        "blocks": (block_rows(best.architecture, budget.resolution) or None) if best else None,
        "evaluations": counts.evaluations,
        "proposals": counts.proposals,
        "duplicates": counts.duplicates,
        "rejected": json.dumps(counts.rejected, sort_keys=True),
        "statuses": json.dumps(statuses, sort_keys=True),
        "population": plan.population,
        "lag": plan.lag,
        "seconds": seconds,
        "device": plan.setting.device,
    }
