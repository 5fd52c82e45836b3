"""Every statistic of a proxy's scores: in tables for people, and in one frame for machines."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pandas as pd

from ..results import Store, better_than, correlations, covariates, near_top, optima, score_noise
from .escaping import markdown as escaped
from .explained import EXPLAINED, FAILURES, MAIN, SIZE_AND_SEEDS, THE_TOP, Column
from .table import Cell, markdown_table
from .text import DASH, bounded, brief, dataset_label, missing

__all__ = ["EXPLAINED", "Evidence", "Sheet", "gather", "markdown", "sheets", "together"]

SIZE = ("params", "flops")
BOUNDS = "Brackets hold 95 % bootstrap intervals over the sampled architectures."
WHOLE = "all architectures: no sampling interval"


class Evidence(NamedTuple):
    """The frames of `results`, by function: `better` is against `params`, `size` against `params` and `flops`."""

    correlations: pd.DataFrame
    better: pd.DataFrame
    size: pd.DataFrame
    noise: pd.DataFrame
    optima: pd.DataFrame
    near_top: pd.DataFrame
    covariates: pd.DataFrame
    proxies: pd.DataFrame


class Sheet(NamedTuple):
    """One table for people."""

    title: str
    header: list[str]
    rows: list[list[Cell]]


def gather(store: Store, correlated: pd.DataFrame | None = None) -> Evidence:
    """All frames of the store's statistics; `correlated` is that of `correlations`, for a caller that has it."""
    against_params, against_size = better_than(store, [SIZE[:1], SIZE])
    return Evidence(
        correlations=correlations(store) if correlated is None else correlated,
        better=against_params,
        size=against_size,
        noise=score_noise(store),
        optima=optima(store),
        near_top=near_top(store),
        covariates=covariates(store),
        proxies=store.proxies(),
    )


def together(evidence: Evidence) -> pd.DataFrame:
    """One row per proxy and data set, for machines.

    The columns of `results.correlations`; `baseline` and `difference_*` from `params`; `size_baseline` and
    `size_difference_*` from the better of `params` and `flops`; `optimum_*` and the noise of the score, `icc_*`.
    """
    noise = evidence.noise.rename(columns={"architectures": "icc_architectures", "seeds": "icc_seeds"})
    optima = evidence.optima.drop(columns="n")
    optima = optima.rename(columns={name: f"optimum_{name}" for name in ("architecture", "tied", "reference")})
    frame = evidence.correlations
    for part in (_differences(evidence.better, ""), _differences(evidence.size, "size_"), optima):
        frame = frame.merge(part, how="left", on=["proxy", "dataset"])
    counts = dict.fromkeys(("difference_n", "size_difference_n", "optimum_tied"), "Int64")
    return frame.astype(counts).merge(noise, how="left", on="proxy")


def sheets(evidence: Evidence) -> list[Sheet]:
    """For each data set a main table, one about size and seeds, one about the top; then the other stratum, size, noise.

    Nothing where nothing was measured.
    """
    frame = together(evidence)
    tables: list[Sheet] = []
    for dataset, rows in frame.groupby("dataset", sort=False):
        label = dataset_label(str(dataset))
        whole = rows["tau"].notna().any() and rows["tau_low"].isna().all()
        tables.append(_sheet(f"{label} ({WHOLE})" if whole else label, rows, _shown(rows, MAIN)))
        tables.append(_sheet(f"{label}: size and score seeds", rows, _shown(rows, SIZE_AND_SEEDS)))
        rest = (*THE_TOP, *FAILURES) if rows["failed"].any() else THE_TOP
        tables.append(_sheet(f"{label}: the top", rows, _shown(rows, rest)))
    tables += _near_top(evidence.near_top)
    tables += _covariates(evidence.covariates)
    return [*tables, _noise(evidence)] if evidence.noise["seconds"].notna().any() else tables


def markdown(evidence: Evidence) -> str:
    """The tables with what they mean, as Markdown."""
    parts = [f"## {escaped(sheet.title)}\n\n{markdown_table(sheet.header, sheet.rows)}" for sheet in sheets(evidence)]
    legend = "\n".join(f"- **{name}**: {text}" for name, text in EXPLAINED)
    return "\n".join([*parts, f"{BOUNDS}\n\n{legend}\n"])


def _differences(frame: pd.DataFrame, prefix: str) -> pd.DataFrame:
    named = {"baseline": f"{prefix}baseline", "difference": f"{prefix}difference"}
    named |= {name: f"{prefix}difference_{name}" for name in ("n", "low", "high", "p", "p_adjusted")}
    return frame.rename(columns=named)


def _shown(rows: pd.DataFrame, columns: Sequence[Column]) -> list[Column]:
    """The columns in which a proxy has a number."""
    return [column for column in columns if rows[column.name].notna().any()]


def _sheet(title: str, rows: pd.DataFrame, columns: Sequence[Column]) -> Sheet:
    """A row per proxy; the best number of a column is bold."""
    best = {column.name: (column.best * rows[column.name]).max() for column in columns if column.best}
    lines = []
    for record in rows.to_dict("records"):
        line = [Cell(str(record["proxy"]))]
        for column in columns:
            value = record[column.name]
            bold = column.best != 0 and not missing(value) and column.best * value == best[column.name]
            line.append(Cell(_text(record, column), best=bool(bold)))
        lines.append(line)
    return Sheet(title, ["Proxy", *(column.label for column in columns)], lines)


def _text(record: dict[Any, Any], column: Column) -> str:
    if missing(record[column.name]):
        return DASH
    if column.ends:
        return bounded(*(record[f"{column.name}{end}"] for end in ("", "_low", "_high")))
    return f"{record[column.name]:.{column.digits}f}"


def _near_top(frame: pd.DataFrame) -> Iterator[Sheet]:
    """The stratum of the searches' final populations: a table for each data set of which it has accuracies."""
    for dataset, rows in frame.groupby("dataset", sort=False):
        if (rows["n"] > 0).any():
            yield _sheet(f"{dataset_label(str(dataset))}: near the top", rows, MAIN[:3])


def _covariates(frame: pd.DataFrame) -> Iterator[Sheet]:
    """τ of the sizes of the sampled architectures: a row each, and a column per other size and data set."""
    if frame["tau"].notna().any():
        names = list(dict.fromkeys(frame["first"]))
        datasets = frame["dataset"].dropna().unique().tolist()
        columns = [*names[1:], *datasets]
        table = frame.assign(column=frame["dataset"].where(frame["dataset"].notna(), frame["second"]))
        found = table.set_index(["first", "column"])[["tau", "tau_low", "tau_high"]]
        cells = {key: bounded(*numbers) for key, numbers in zip(found.index, found.to_numpy().tolist(), strict=True)}
        lines = [[Cell(name), *(Cell(cells.get((name, column), "")) for column in columns)] for name in names]
        labels = [*names[1:], *(f"accuracy, {dataset_label(dataset)}" for dataset in datasets)]
        yield Sheet("Size in the sample (τ)", ["", *labels], lines)


def _noise(evidence: Evidence) -> Sheet:
    deterministic = set(evidence.proxies.loc[evidence.proxies["deterministic"], "proxy"])
    lines = []
    for record in evidence.noise.to_dict("records"):
        icc = bounded(record["icc"], record["icc_low"], record["icc_high"])
        if icc == DASH and record["proxy"] in deterministic:
            icc = "deterministic"
        counts = [str(record[name]) if record["architectures"] else DASH for name in ("architectures", "seeds")]
        lines.append([Cell(text) for text in (record["proxy"], icc, *counts, brief(record["seconds"]))])
    return Sheet("Noise of the scores", ["Proxy", "ICC", "architectures", "seeds", "s / network"], lines)
