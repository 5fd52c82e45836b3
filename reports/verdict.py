"""The verdict on a proxy in sentences that a person says: one screen of a terminal."""

import math
import textwrap
from collections.abc import Iterator

import pandas as pd

from ..results import Verdict
from .text import bounded, brief, dataset_label, missing

WIDTH = 88  # characters of a line
LABEL = 10
SIZE_NAMES = {
    "params": "parameters",
    "macs": "multiply-adds",
    "layers": "layers",
    "plain_params": "parameters",
    "plain_flops": "multiply-adds",
    "plain_depth": "layers",
}
ENDED = {
    "budget": "The time budget was used up.",
    "narrow": "The interval was narrow enough.",
    "interrupted": "Interrupted: this is the verdict so far.",
    "": "",
}


def verdict_text(found: Verdict, ended: str = "") -> str:
    """The whole verdict, lines of at most 88 characters."""
    lines = [*_wrapped(header(found, ended)), "", *_wrapped(conclusion(found)), ""]
    for label, text in sentences(found):
        for place, line in enumerate(text.split("\n")):
            first = f"{label if not place else '':<{LABEL}}"
            lines += textwrap.wrap(line, WIDTH, initial_indent=first, subsequent_indent=" " * LABEL)
    return "\n".join(lines) + "\n"


def header(found: Verdict, ended: str = "") -> str:
    """What was scored."""
    of = f"all {found.total:,}" if found.n == found.total else f"{found.n:,} of {found.total:,}"
    seeds = f" under {found.seeds} seeds" if found.seeds > 1 else ""
    text = f"{found.proxy} on {found.table}, {dataset_label(found.dataset)}: {of} networks scored{seeds}."
    return f"{text} {ENDED[ended]}".strip()


def conclusion(found: Verdict) -> str:
    """The one thing to know."""
    tau = found.correlation.estimates["tau"]
    if not found.enough:
        return f"{found.n} networks are too few to say what it is."
    if found.is_noise:
        return "It is noise: under another seed it orders the networks anew."
    if found.counts_size and found.size is not None:
        return _disguised(SIZE_NAMES[found.size.name], found.size.tau)
    if found.nearest is not None and found.nearest.same:
        return f"It orders these networks as {found.nearest.name} does: nothing here tells the two apart."
    if missing(tau.value):
        return "It gives all networks the same score, or nearly none a score."
    nearly = _nearly(found)
    if tau.high < 0:
        return f"It orders the networks the wrong way round: a lower score is the better one here.{nearly}"
    if tau.low <= 0:
        return f"It is not shown that it orders the networks at all: the interval of τ holds 0.{nearly}"
    sizes = found.placement.others.set_index("proxy").reindex(["params", "flops"]).dropna(subset="difference")
    if len(sizes) and (sizes["low"] > 0).all():
        return f"It orders the networks better than their size does.{nearly}"
    if len(sizes) and (sizes["high"] < 0).any():
        return f"It orders the networks, but worse than their size does.{nearly}"
    return f"It orders the networks; that it does so better than their size is not shown.{nearly}"


def sentences(found: Verdict) -> Iterator[tuple[str, str]]:
    """Each thing the verdict says: a label of one word, and a sentence or two, or a line for each."""
    yield "Rank", _rank(found)
    yield "Order", f"{_order(found)} with accuracy."
    yield "Size", _size(found)
    yield "Against", _against(found)
    yield "Choice", _choice(found)
    yield "Noise", _noise(found)
    yield "Cost", _cost(found)
    if found.added is not None:
        yield "Together", _together(found)
    yield "Failures", _failures(found)


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, …, 11th, 12th, 13th, …, 21st."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _rank(found: Verdict) -> str:
    at = found.placement
    text = f"{ordinal(at.rank)} of {at.of} proxies"
    if at.low == at.high:
        return f"{text}."
    if (at.low, at.high) == (1, at.of):
        return f"{text}; but these networks cannot place it: any rank is possible (95 %)."
    return f"{text}, between {ordinal(at.low)} and {ordinal(at.high)} (95 %)."


def _order(found: Verdict) -> str:
    estimates = found.correlation.estimates
    return f"τ {bounded(*estimates['tau'])}, ρ {bounded(*estimates['rho'])}"


def _size(found: Verdict) -> str:
    estimates = found.correlation.estimates
    parts = []
    if found.size is not None:
        parts.append(
            f"The nearest count is {SIZE_NAMES[found.size.name]}: τ {found.size.tau:.2f} between the two orders."
        )
    within, partial = estimates["tau_within_deciles"], estimates["partial_rho"]
    if not missing(within.value):
        parts.append(f"Among networks of about one size: τ {bounded(*within)}.")
    if not missing(partial.value):
        parts.append(f"With parameters, multiply-adds and depth taken out: ρ {bounded(*partial)}.")
    return " ".join(parts) or "Not known."


def _against(found: Verdict) -> str:
    rows = found.against()
    if rows.empty:
        return "There is nothing to compare it with."
    lines = [_compared(found, row) for _, row in rows.iterrows()]
    if (rows["low"] < rows["high"]).any():
        lines[-1] += f" (95 % for all {len(found.placement.others)} comparisons together.)"
    return "\n".join(lines)


def _compared(found: Verdict, row: pd.Series) -> str:
    name = row["proxy"]
    told = [f"{name} (τ {row['tau']:.2f})"]
    if name == found.best:
        told.append("the best")
    if found.nearest is not None and name == found.nearest.name:
        told.append(f"the nearest in order (τ {found.nearest.tau:.2f} between the two)")
    difference = row["difference"]
    held = "" if row["low"] == row["high"] else f" [{row['low']:+.2f}, {row['high']:+.2f}]"
    if row["low"] > 0:
        word = "better"
    elif row["high"] < 0:
        word = "worse"
    else:
        word = "not told apart"
    return f"{', '.join(told)}: {difference:+.2f}{held}, {word}."


def _choice(found: Verdict) -> str:
    top = found.correlation.estimates["top_k_accuracy"]
    mean = found.points["accuracy"].mean()
    if missing(top.value):
        return f"A random network reaches {mean:.1f} %."
    held = "" if missing(top.low) else f" [{top.low:.1f}, {top.high:.1f}]"
    count = min(10, found.n)
    return f"The {count} networks it ranks first reach {top.value:.1f} %{held} on average, a random one {mean:.1f} %."


def _noise(found: Verdict) -> str:
    if found.seeds == 1:
        return "Scored under one seed."
    taus = found.correlation.seed_taus
    spread = f" τ is {min(taus):.2f} to {max(taus):.2f} under the {len(taus)} seeds." if len(taus) > 1 else ""
    if missing(found.icc.value):
        return f"Not known.{spread}"
    if found.icc.value > 1 - 1e-9:
        return f"None: all seeds give the same order.{spread}"
    share = max(0.0, found.icc.value)
    low, high = (max(0.0, end) for end in (found.icc.low, found.icc.high))
    held = "" if missing(found.icc.low) else f" [{100 * low:.0f}, {100 * high:.0f}]"
    return f"{100 * share:.0f} %{held} of a score is the network, the rest is the seed.{spread}"


def _cost(found: Verdict) -> str:
    if missing(found.seconds):
        return "Not known."
    text = f"{brief(1000 * found.seconds)} ms a network."
    if not found.cheaper_and_better:
        return f"{text} On the Pareto line: no proxy is cheaper and better."
    shown = ", ".join(found.cheaper_and_better[:3])
    more = len(found.cheaper_and_better) - 3
    return f"{text} Cheaper and better by this table: {shown}{f' and {more} more' if more > 0 else ''}."


def _together(found: Verdict) -> str:
    assert found.added is not None
    pair, gain = " + ".join(found.added.pair), found.added.gain
    text = (
        f"{pair}, the best pair, order with τ {found.added.tau_pair:.2f}; with {found.proxy} {found.added.tau_with:.2f}"
    )
    if missing(gain.low):
        return f"{text}."
    word = (
        "it adds something" if gain.low > 0 else "it takes something away" if gain.high < 0 else "it adds nothing sure"
    )
    return f"{text} ({gain.difference:+.2f} [{gain.low:+.2f}, {gain.high:+.2f}]): {word}."


def _failures(found: Verdict) -> str:
    if not found.failures:
        return "None."
    return "; ".join(
        f"{count:,} × {status}, for example: {' '.join(reason.split())[:120]}"
        for status, (count, reason) in found.failures.items()
    )


def _disguised(size: str, tau: float) -> str:
    if tau > 0:
        return f"It is a count of {size} in disguise: it orders all networks as that does."
    return f"It is a count of {size} in disguise, turned round: it orders all networks in the opposite order."


def _nearly(found: Verdict) -> str:
    if found.size is None or not found.size.nearly:
        return ""
    return f" It is nearly a count of {SIZE_NAMES[found.size.name]} (τ {found.size.tau:.2f} between the two)."


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH)


def running_line(n: int, total: int, tau: float, low: float, high: float, rank: int, of: int, seconds: float) -> str:
    """How it stands while networks are being scored."""
    known = "τ not known yet" if math.isnan(tau) else f"τ {bounded(tau, low, high)}, {ordinal(rank)} of {of}"
    return f"{n:,} of {total:,} networks, {seconds:.0f} s: {known}"
