"""The sentences that belong to the comparison table: what its numbers mean, and which searches have not converged."""

import math

import pandas as pd

from .columns import datasets, with_any

FEW = 4  # search seeds below which the test of Brown and Forsythe cannot object, or hardly ever does


def legend(frame: pd.DataFrame) -> str:
    """The lines that belong under the table: what its numbers mean, and what the published ones are."""
    names = datasets(frame)
    proxies = frame[frame["kind"] == "proxy"]
    sentences = _told_of_winners(proxies) if names else []
    if with_any(frame, "published"):
        sentences.append(
            "Published: Nguyen and Han 2024, obtained under another budget and recipe (1M params, 1440 epochs), so no "
            "target for a smaller study."
        )
    if with_any(frame, "regret"):
        sentences.append("Regret: percent points below the best accuracy in the tabular benchmark.")
    sentences += _told_of_references(frame)
    sentences.append("Winners: how many different networks the search seeds found.")
    sentences.append("Params, MACs (multiply-adds), evaluations and search seconds are means over search seeds")
    if frame["score_seconds"].notna().any():
        sentences[-1] += "; s / network is the median over the sample of what one score took, in seconds"
    sentences[-1] += "."
    if names:
        sampled = _spread([proxies[f"n_{name}"] for name in names])
        sentences.append(
            f"τ: Kendall's tau-b between score and accuracy over n = {sampled} sampled architectures, with its 95 % "
            "bootstrap interval."
        )
    return " ".join([*sentences, "Failures: scores that were not finite numbers, by status."])


def _told_of_winners(proxies: pd.DataFrame) -> list[str]:
    """What the measured accuracies, their intervals and letters are."""
    names = datasets(proxies)
    winners = _spread([proxies[f"{name}_n"] for name in names])
    told = [
        f"Measured: mean accuracy of the winners ± half of its 95 % Student t interval over n = {winners} search "
        f"seeds, with the standard deviation pooled over the {_row_names(proxies)} unless a test of Brown and Forsythe "
        "at 5 % finds their spreads unequal, then each row's own (no interval for one seed, nor where all seeds found "
        "the same network)."
    ]
    if any(marks for name in names for marks in proxies[f"letters_{name}"]):
        told.append(
            "Rows that share a letter cannot be told apart at 5 % over all pairs of rows together (Tukey and Kramer, "
            "or Games and Howell where spreads are unequal), which does not make them equal; bold: all that share one "
            "with the best."
        )
        if max(proxies[f"{name}_n"].max() for name in names) < FEW:
            told.append(
                "So few seeds cannot show that spreads are unequal; where they are, letters tell too much apart."
            )
        if (proxies["distinct_winners"].eq(1) & proxies["winners"].gt(1)).any():
            told.append(
                "A row whose seeds all found one network has no spread: against another row the other's decides, and "
                "two of them are tied only if their accuracies are equal."
            )
    elif len(proxies) > 1 and winners == "1":
        told.append("One search seed does not tell rows apart, so none is marked as the best.")
    return told


def _told_of_references(frame: pd.DataFrame) -> list[str]:
    rows = frame[frame["kind"] != "proxy"]
    if rows.empty:
        return []
    sampled = _spread([rows[f"{name}_n"] for name in datasets(frame)])
    return [
        f"In italics, what a user gets without a proxy, from n = {sampled} architectures sampled at random and trained "
        "as the winners: their mean accuracy, and the expected best of ten that are drawn from them, with its "
        "bootstrap interval. The letters do not compare these rows."
    ]


def warning(frame: pd.DataFrame) -> str:
    """Which searches have not converged, in one sentence; empty where nothing says so of any."""
    rows = frame[frame["score_percentile"] < 100].to_dict("records")
    if not rows:
        return ""
    each = [
        f"{row['proxy']}{', ' + row['strategy'] if 'strategy' in row else ''} ({floored(row['score_percentile'])} %)"
        for row in rows
    ]
    told = f"{', '.join(each[:-1])} and {each[-1]}" if len(each) > 1 else each[0]
    several = len(each) > 1
    return (
        f"The search{'es' * several} of {told} {'have' if several else 'has'} not converged: in brackets, the share of "
        "the random sample that the winner of the worst seed scores at least as well as; the rest scores better. Such "
        f"{'rows tell' if several else 'a row tells'} more about where a search started than about what the proxy "
        "prefers: take a larger budget of evaluations."
    )


def floored(percentile: float) -> str:
    """A percentage below 100, rounded down, so that it never reads as 100."""
    return f"{math.floor(percentile)}"


def _row_names(frame: pd.DataFrame) -> str:
    return "proxies and strategies" if "strategy" in frame else "proxies"


def _spread(columns: list[pd.Series]) -> str:
    """The numbers of values behind a table: "2", or "1 to 3" where they differ; rows without any do not count."""
    present = [int(n) for column in columns for n in column if n > 0]
    if not present:
        return "0"
    low, high = min(present), max(present)
    return str(low) if low == high else f"{low} to {high}"
