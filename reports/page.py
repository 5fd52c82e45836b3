"""The report's HTML page: the table, the plots, the winners and the failures of a study, in one file."""

from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from ..results import Comparison, Store, checked_budgets, convergence, facts, failures, predicted_latencies, winners
from .latency import budget_rows, told_error
from .legend import floored, legend, warning
from .noise import EXPLAINED as NOISE_EXPLAINED
from .noise import noise_sheets
from .settings import accuracy_source, sentences
from .settings import environment as machine
from .statistics import EXPLAINED, Evidence, sheets
from .table import cells, seconds
from .text import DASH, amount, dataset_label, file_stem, interval, missing, plain

STANDING = ["proxy", "strategy", "seed", "score_percentile"]


def page(store: Store, comparison: Comparison, evidence: Evidence, noise: pd.DataFrame, drawn: Collection[str]) -> str:
    """The page as HTML; `drawn` are the names of the figures that lie in `plots/` beside it, as `.png` and `.svg`.

    `comparison` is that of `results.with_references`, `noise` that of `results.accuracy_noise`.
    """
    header, rows = cells(comparison)
    known = facts.read(store)
    datasets = sorted(store.trainings()["dataset"].unique())
    scatters = [(dataset_label(name), f"scatter_{file_stem(name)}") for name in datasets]
    proxies = comparison.of("proxy").searches["proxy"].unique()
    singles = {stem: [(proxy, f"{stem}_{file_stem(proxy)}") for proxy in proxies] for _, stem in scatters}
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("page.html.jinja").render(
        name=known.get(facts.NAME, "zsbench study"),
        settings=sentences(known, Counter(store.samples()["stratum"])),
        environment=machine(known),
        accuracies=accuracy_source(store, known),
        header=header,
        rows=rows,
        legend=legend(comparison),
        warning=warning(comparison),
        drawn=set(drawn),
        scatters=scatters,
        singles=singles,
        sheets=sheets(evidence),
        explained=EXPLAINED,
        noise_sheets=noise_sheets(noise, comparison),
        noise_explained=NOISE_EXPLAINED,
        spent=[
            (axis, dataset_label(name), f"accuracy_over_{axis}_{file_stem(name)}")
            for name in datasets
            for axis in ("evaluations", "seconds")
        ],
        several=comparison.several,
        relative=store.proxies()["relative"].dropna().size > 0,
        datasets=[dataset_label(name) for name in datasets],
        winners=_winners(store, datasets),
        diagrams={stem: stem.removeprefix("winners_") for stem in drawn if stem.startswith("winners_")},
        budgets=budget_rows(checked_budgets(store)),
        predicted=told_error(predicted_latencies(store)),
        failures=_texts(failures(store)),
        proxies=_texts(store.proxies()),
    )


def _winners(store: Store, datasets: list[str]) -> list[dict[str, Any]]:
    """One entry per search: what the page prints of its winner, or why there is none."""
    return [
        {
            "proxy": record["proxy"],
            "strategy": record["strategy"],
            "seed": record["seed"],
            "percentile": DASH if missing(record["score_percentile"]) else f"{floored(record['score_percentile'])} %",
            "value": "" if missing(record["value"]) else f"{record['value']:.5g}",
            "params": amount(record["params"]),
            "macs": amount(record["macs"]),
            "layers": plain(record["layers"]),
            "seconds": seconds(record["seconds"]),
            "accuracies": [interval(record[name], float("nan"), digits=2) for name in datasets],
            "structure": None if missing(record["winner"]) else record["winner"],
            "reason": f"{record['status']}: {record['reason'] or 'no winner'}",
        }
        for record in winners(store).merge(convergence(store)[STANDING], on=STANDING[:3]).to_dict("records")
    ]


def _texts(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(column): "" if missing(value) else value for column, value in record.items()}
        for record in frame.to_dict("records")
    ]
