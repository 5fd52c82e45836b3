"""What a table of trained networks says about one proxy: where it stands, and whether it is more than size or noise."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from .added import Added, added
from .better import Taus
from .kinship import Kin, mean_order, nearest
from .noise import intraclass, intraclass_bootstrap
from .pareto import beaten_by, pareto
from .placement import Placement, own_interval, placement, prepare
from .resampling import RESAMPLES, Array
from .scores import COUNTS_SIZE, COVARIATES, resamples_of
from .statistics import Correlation, Estimate, correlate
from .trained import Trained

MEASURES = ("tau", "rho", "top_k_accuracy", "tau_within_deciles", "partial_rho")
SIZES = ("params", "flops")  # the proxies that everybody has, and that everybody must beat
NOISE = 0.3  # share of a score's variance that lies between networks; below, and with 0 in its interval, it is noise
PLAIN = "plain_"  # before the name of a count of the network without shortcuts
LEAST = 3  # networks without which there is no verdict
ENOUGH = 20  # networks from which on it is said what a score is: fewer may be ordered alike by luck


@dataclass(frozen=True)
class Verdict:
    """The verdict on `proxy` over `n` of the `total` networks of a table, on one data set.

    `ladder` has a row for each proxy, the best first: `proxy, tau, low, high, seconds, pareto, rank`. `points` has one
    for each network: `architecture, score, accuracy, params`, the score being the mean rank over seeds. Accuracies are
    percent, seconds are those of one score.
    """

    proxy: str
    table: str
    dataset: str
    n: int
    total: int
    seeds: int
    placement: Placement
    correlation: Correlation
    ladder: pd.DataFrame
    points: pd.DataFrame
    nearest: Kin | None
    size: Kin | None
    icc: Estimate
    added: Added | None
    seconds: float
    cheaper_and_better: tuple[str, ...]
    failures: Mapping[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def best(self) -> str | None:
        """The best of the other proxies."""
        others = self.placement.others
        return None if others.empty else str(others["proxy"].iloc[int(others["tau"].to_numpy().argmax())])

    @property
    def enough(self) -> bool:
        """Whether so many networks are scored that it can be said what the score is."""
        return self.n >= ENOUGH

    @property
    def is_noise(self) -> bool:
        """Whether the score is the seed's: another seed orders the networks anew."""
        return self.enough and self.seeds > 1 and self.icc.low <= 0 and self.icc.value < NOISE

    @property
    def counts_size(self) -> bool:
        """Whether the score orders the networks as a count of their size does, or in the opposite order."""
        return self.enough and self.size is not None and self.size.same

    def against(self) -> pd.DataFrame:
        """The comparisons that are told first: rows of `Placement.others` with a column `role`."""
        roles = dict.fromkeys(SIZES, "size")
        if self.best is not None:
            roles.setdefault(self.best, "best")
        if self.nearest is not None:
            roles.setdefault(self.nearest.name, "nearest")
        others = self.placement.others
        kept = others[others["proxy"].isin(list(roles))]
        kept = kept.assign(role=kept["proxy"].map(roles))
        order = {name: place for place, name in enumerate(roles)}
        return kept.sort_values("proxy", key=lambda names: names.map(order), ignore_index=True)

    def row(self) -> dict[str, Any]:
        """Everything but the frames, as values of JSON."""
        numbers = self.correlation.row()
        told = {name: numbers[name] for measure in MEASURES for name in (measure, f"{measure}_low", f"{measure}_high")}
        gain = self.added.gain if self.added else None
        found = {
            "proxy": self.proxy,
            "table": self.table,
            "dataset": self.dataset,
            "n": self.n,
            "networks": self.total,
            "rank": self.placement.rank,
            "rank_low": self.placement.low,
            "rank_high": self.placement.high,
            "of": self.placement.of,
            **told,
            "mean_accuracy": float(self.points["accuracy"].mean()),
            "seeds": self.seeds,
            "tau_seed_sd": numbers["tau_seed_sd"],
            "icc": self.icc.value,
            "icc_low": self.icc.low,
            "icc_high": self.icc.high,
            "is_noise": self.is_noise,
            "counts_size": self.counts_size,
            "size_like": self.size.name if self.size else None,
            "size_tau": self.size.tau if self.size else None,
            "nearest": self.nearest.name if self.nearest else None,
            "nearest_tau": self.nearest.tau if self.nearest else None,
            "against": self.against().to_dict("records"),
            "best_pair": list(self.added.pair) if self.added else None,
            "tau_pair": self.added.tau_pair if self.added else None,
            "tau_pair_with": self.added.tau_with if self.added else None,
            "added": gain.difference if gain else None,
            "added_low": gain.low if gain else None,
            "added_high": gain.high if gain else None,
            "milliseconds": 1000 * self.seconds,
            "on_pareto_line": not self.cheaper_and_better and math.isfinite(self.seconds),
            "cheaper_and_better": list(self.cheaper_and_better),
            "failures": {status: count for status, (count, _) in self.failures.items()},
        }
        return {name: _plain(value) for name, value in found.items()}


def _why(trained: Trained, proxy: str) -> str:
    """The reason that most failed scores of the proxy have; nothing where none failed."""
    failed = trained.scores[(trained.scores["proxy"] == proxy) & (trained.scores["status"] != "ok")]
    if failed.empty:
        return ""
    status, reason = failed[["status", "reason"]].value_counts().index[0]
    return f"; most failed with {status}: {reason}"


def verdict(
    proxy: str,
    table: str,
    trained: Trained,
    dataset: str,
    texts: Collection[str] | None = None,
    seconds: Mapping[str, float] | None = None,
) -> Verdict:
    """The verdict on `proxy` over the networks `texts` of a table, by default all.

    `trained` holds the scores of the proxy too; it is compared with the others that have scored the whole table.
    `seconds` of a score by each proxy; default: as they were stored. ValueError where fewer than three networks have
    both a score and an accuracy.
    """
    wanted = trained.samples["architecture"] if texts is None else texts
    known = trained.known(wanted, dataset)
    names = [*(name for name in trained.whole() if name != proxy), proxy]
    scores = trained.matrices(names, known.index)
    accuracy = known["accuracy"].to_numpy("float64")
    mine = scores[proxy]
    if np.isfinite(mine).any(axis=1).sum() < LEAST:
        raise ValueError(f"{proxy}: fewer than {LEAST} networks have a score{_why(trained, proxy)}")
    if np.nanmin(mine) == np.nanmax(mine):
        raise ValueError(f"{proxy}: all {len(known)} networks have the same score, so it does not order them")
    taus = prepare(scores, accuracy)
    found = placement(taus, proxy)
    orders = {name: mean_order(values) for name, values in scores.items()}
    others = {name: order for name, order in orders.items() if name != proxy}
    sizes = {name: known[name].to_numpy("float64") for name in COVARIATES}
    # The proxies count the plain network, the covariates the one with shortcuts: to be like one of them is enough.
    counts = sizes | {f"{PLAIN}{name}": orders[name] for name in COUNTS_SIZE if name in others}
    covariates = None if proxy in COUNTS_SIZE else np.column_stack(list(sizes.values()))
    spent = {**trained.seconds(names), **(seconds or {})}
    correlation = correlate(
        mine,
        accuracy,
        covariates,
        resamples=resamples_of(len(known), RESAMPLES),
        params=sizes["params"],
        only=MEASURES,
    )
    ladder = _ladder(taus, spent)
    own = ladder["proxy"] == proxy
    ladder.loc[own, ["low", "high"]] = correlation.estimates["tau"][1:]  # of more resamples, as it is told elsewhere
    costs, worths = ladder["seconds"].tolist(), ladder["tau"].tolist()
    place = ladder["proxy"].tolist().index(proxy)
    return Verdict(
        proxy=proxy,
        table=table,
        dataset=dataset,
        n=int((np.isfinite(mine).any(axis=1) & np.isfinite(accuracy)).sum()),
        total=len(trained.samples),
        seeds=mine.shape[1],
        placement=found,
        correlation=correlation,
        ladder=ladder,
        points=pd.DataFrame(
            {
                "architecture": known.index,
                "score": orders[proxy],
                "accuracy": accuracy,
                "params": sizes["params"],
            }
        ).dropna(subset="score"),
        nearest=nearest(orders[proxy], others, turned=False),
        size=nearest(orders[proxy], counts),
        icc=_icc(mine),
        added=added(orders[proxy], others, accuracy),
        seconds=spent.get(proxy, math.nan),
        cheaper_and_better=tuple(ladder["proxy"].iloc[other] for other in beaten_by(place, costs, worths)),
        failures=trained.statuses(proxy),
    )


def _ladder(taus: Taus, seconds: Mapping[str, float]) -> pd.DataFrame:
    rows = []
    for name in taus.x:
        tau, low, high = own_interval(taus, name)
        rows.append({"proxy": name, "tau": tau, "low": low, "high": high, "seconds": seconds.get(name, math.nan)})
    frame = pd.DataFrame(rows).sort_values(["tau", "proxy"], ascending=[False, True], ignore_index=True)
    frame["pareto"] = pareto(frame["seconds"], frame["tau"])
    frame["rank"] = frame["tau"].rank(ascending=False, method="min")
    return frame


def _icc(mine: Array) -> Estimate:
    return Estimate(intraclass(mine), *intraclass_bootstrap(mine)) if mine.shape[1] > 1 else Estimate()


def _plain(value: Any) -> Any:
    """NaN as nothing, and NumPy's numbers as Python's; inside lists and mappings too."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and math.isnan(value) else value
