"""Every statistic of a proxy's scores: in tables for people, and in one frame for machines."""

from typing import NamedTuple

import pandas as pd

from reports.table import Cell, markdown_table
from reports.text import DASH, bounded, brief, dataset_label, missing

STATISTICS = {
    "tau": "τ",
    "rho": "ρ",
    "weighted_tau": "weighted τ",
    "top_tau": "top-10% τ",
    "precision": "precision@10%",
    "ndcg": "nDCG@10%",
    "partial_rho": "partial ρ",
}
EXPLAINED = (
    ("τ, ρ", "does the score order all architectures as their accuracies do? 0 is no relation (Kendall, Spearman)."),
    ("weighted τ", "the same, but the nearer to the top a pair is, the more it counts."),
    ("top-10% τ", "does it order the most accurate tenth (ten at least), among which a search must choose?"),
    ("precision@10%", "of the tenth that it ranks highest, what share is among the most accurate tenth? Chance is "
     "0.1."),
    ("nDCG@10%", "how accurate are the ones that it ranks highest, the first of them counting most? Accuracies are "
     "scaled from the sample's lowest to its highest, so chance is well above 0: compare with the row of random."),
    ("partial ρ", "does it know more than size? Rank correlation of what parameters and MACs leave unexplained in "
     f"score and in accuracy; {DASH} where the score is a function of size."),
    ("τ − params", "does it beat counting parameters? Difference of the two τ over the same resampled architectures, "
     "those that both have scored; p is the share of resamples in which it is not better. Among many proxies a few "
     "have a small p by luck."),
    ("ICC", "how much of the score is the architecture's and not the seed's? Intraclass correlation of the ranks over "
     "seeds: 1 is the same under all, 0 is noise. The noisier a score, the less it can correlate with anything."),
)  # fmt: skip


class Evidence(NamedTuple):
    """The frames of `results`: `correlations`, `better`, `score_noise`, and the store's proxies."""

    correlations: pd.DataFrame
    better: pd.DataFrame
    noise: pd.DataFrame
    proxies: pd.DataFrame


class Sheet(NamedTuple):
    """One table for people."""

    title: str
    header: list[str]
    rows: list[list[Cell]]


def together(evidence: Evidence) -> pd.DataFrame:
    """One row per proxy and data set: correlations, `difference_*` from the baseline, and noise (columns `icc*`)."""
    named = {"n": "difference_n", "low": "difference_low", "high": "difference_high", "p": "difference_p"}
    noise = evidence.noise.rename(columns={"architectures": "icc_architectures", "seeds": "icc_seeds"})
    frame = evidence.correlations.merge(evidence.better.rename(columns=named), how="left", on=["proxy", "dataset"])
    return frame.astype({"difference_n": "Int64"}).merge(noise, how="left", on="proxy")


def sheets(evidence: Evidence) -> list[Sheet]:
    """A table for each data set, and one of the scores' noise; nothing where nothing was measured."""
    frame = together(evidence)
    tables = [_against_accuracy(dataset, rows) for dataset, rows in frame.groupby("dataset", sort=False)]
    return [*tables, _noise(evidence)] if evidence.noise["seconds"].notna().any() else tables


def markdown(evidence: Evidence) -> str:
    """The tables with what they mean, as Markdown."""
    parts = [f"## {sheet.title}\n\n{markdown_table(sheet.header, sheet.rows)}" for sheet in sheets(evidence)]
    legend = "\n".join(f"- **{name}**: {text}" for name, text in EXPLAINED)
    return "\n".join([*parts, f"Brackets hold 95 % bootstrap intervals over the sampled architectures.\n\n{legend}\n"])


def _against_accuracy(dataset: object, rows: pd.DataFrame) -> Sheet:
    compared = bool(rows["baseline"].notna().any())
    baseline = rows["baseline"].dropna().iloc[0] if compared else ""
    header = ["Proxy", "n", *STATISTICS.values(), *([f"τ − {baseline}", "p"] if compared else [])]
    best = {name: rows[name].max() for name in STATISTICS}
    lines = []
    for record in rows.to_dict("records"):
        line = [Cell(str(record["proxy"])), Cell(str(record["n"]))]
        for name in STATISTICS:
            value, low, high = (record[f"{name}{end}"] for end in ("", "_low", "_high"))
            line.append(Cell(bounded(value, low, high), best=value == best[name]))
        if compared:
            line.append(Cell(bounded(*(record[f"difference{end}"] for end in ("", "_low", "_high")))))
            line.append(Cell(DASH if missing(record["difference_p"]) else f"{record['difference_p']:.3f}"))
        lines.append(line)
    return Sheet(dataset_label(str(dataset)), header, lines)


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
