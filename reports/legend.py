"""The sentences that belong to the comparison table: what its numbers mean, and which searches have not converged."""

import math

import pandas as pd

from ..results import Comparison

FEW = 4  # search seeds below which the test of Brown and Forsythe cannot object, or hardly ever does


def legend(comparison: Comparison) -> str:
    """The lines that belong under the table: what its numbers mean, and what the published ones are."""
    proxies = comparison.of("proxy")
    measured = not comparison.accuracies.empty
    sentences = _told_of_winners(proxies) if measured else []
    if comparison.accuracies["published"].notna().any():
        sentences.append(
            "Published: Nguyen and Han 2024, obtained under another budget and recipe (1M params, 1440 epochs), so no "
            "target for a smaller study."
        )
    if comparison.accuracies["regret"].notna().any():
        sentences.append("Regret: percent points below the best accuracy in the tabular benchmark.")
    sentences += _told_of_references(comparison.of("reference"))
    sentences.append("Winners: how many different networks the search seeds found.")
    sentences.append("Params, MACs (multiply-adds), evaluations and search seconds are means over search seeds")
    if comparison.searches["score_seconds"].notna().any():
        sentences[-1] += "; s / network is the median over the sample of what one score took, in seconds"
    sentences[-1] += "."
    if measured:
        sampled = _spread(proxies.accuracies["sampled"])
        sentences.append(
            f"τ: Kendall's tau-b between score and accuracy over n = {sampled} sampled architectures, with its 95 % "
            "bootstrap interval."
        )
    return " ".join([*sentences, "Failures: scores that were not finite numbers, by status."])


def _told_of_winners(proxies: Comparison) -> list[str]:
    """What the measured accuracies, their intervals and letters are."""
    searches, reached = proxies
    winners, pooled = _spread(reached["n"]), "proxies and strategies" if proxies.several else "proxies"
    told = [
        f"Measured: mean accuracy of the winners ± half of its 95 % Student t interval over n = {winners} search "
        f"seeds, with the standard deviation pooled over the {pooled} unless a test of Brown and Forsythe "
        "at 5 % finds their spreads unequal, then each row's own (no interval for one seed, nor where all seeds found "
        "the same network)."
    ]
    if reached["letters"].ne("").any():
        told.append(
            "Rows that share a letter cannot be told apart at 5 % over all pairs of rows together (Tukey and Kramer, "
            "or Games and Howell where spreads are unequal), which does not make them equal; bold: all that share one "
            "with the best."
        )
        if reached["n"].max() < FEW:
            told.append(
                "So few seeds cannot show that spreads are unequal; where they are, letters tell too much apart."
            )
        if (searches["distinct_winners"].eq(1) & searches["winners"].gt(1)).any():
            told.append(
                "A row whose seeds all found one network has no spread: against another row the other's decides, and "
                "two of them are tied only if their accuracies are equal."
            )
    elif len(searches) > 1 and winners == "1":
        told.append("One search seed does not tell rows apart, so none is marked as the best.")
    return told


def _told_of_references(references: Comparison) -> list[str]:
    if references.searches.empty:
        return []
    sampled = _spread(references.accuracies["n"])
    return [
        f"In italics, what a user gets without a proxy, from n = {sampled} architectures sampled at random and trained "
        "as the winners: their mean accuracy, and the expected best of ten that are drawn from them, with its "
        "bootstrap interval. The letters do not compare these rows."
    ]


def warning(comparison: Comparison) -> str:
    """Which searches have not converged, in one sentence; empty where nothing says so of any."""
    searches = comparison.searches
    rows = searches[searches["score_percentile"] < 100].to_dict("records")
    if not rows:
        return ""
    each = [
        f"{row['proxy']}{', ' + row['strategy'] if comparison.several else ''} ({floored(row['score_percentile'])} %)"
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


def _spread(counts: pd.Series) -> str:
    """The numbers of values behind a table: "2", or "1 to 3" where they differ; rows without any do not count."""
    present = [int(n) for n in counts if n > 0]
    if not present:
        return "0"
    low, high = min(present), max(present)
    return str(low) if low == high else f"{low} to {high}"
