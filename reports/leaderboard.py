"""The leaderboard as a page of Markdown, and its critical-difference diagram."""

from collections.abc import Callable

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..results import Leaderboard
from .style import GREY, PAGE, VERMILLION, style
from .text import DASH, bounded, brief, dataset_label

LINE = 0.16  # inches from name to name
BAR = 0.09  # inches from bar to bar

TEXT = """# Leaderboard

Every proxy on every table of trained networks that ships: how well its scores order the networks by accuracy.
`zsbench leaderboard` writes this page from stored rows; nothing is measured for it.
[Add yours](../CONTRIBUTING.md#a-row-of-the-leaderboard), or see where it would stand: `zsbench rank my_proxy.py`.

{tables}

![Proxies by mean rank; a bar joins those that cannot be told apart](images/leaderboard.png)

{groups}

{table}

τ: Kendall's tau-b of score and accuracy, the mean over score seeds, with its 95 % bootstrap interval over networks.
Place: the rank by τ and, in brackets, every rank that the networks cannot exclude (95 %; the differences to all other
proxies are resampled together). Mean rank: over the columns. ms: of one score, of each network the fastest seed,
of these the median; measured beside other work on two cores of an AMD EPYC, so only large ratios count. [How to read
it](reading.md).
"""


def leaderboard_page(board: Leaderboard) -> str:
    """The page, which shows `images/leaderboard.png` beside it."""
    columns = list(board.rows[["table", "dataset"]].drop_duplicates().itertuples(index=False, name=None))
    told = []
    for table, dataset in columns:
        mine = board.rows[(board.rows["table"] == table) & (board.rows["dataset"] == dataset)]
        told.append(
            f"- `{table}`, {dataset_label(dataset)}: {mine['networks'].iloc[0]:,} networks, {len(mine)} proxies"
        )
    return TEXT.format(tables="\n".join(told), groups=_groups(board), table=_table(board, columns))


def leaderboard_figure(board: Leaderboard) -> Figure:
    """Proxies by mean rank, the best at the left; a bar joins those that cannot be told apart."""
    names, ranks = board.means["proxy"].tolist(), board.means["mean_rank"].tolist()
    half = (len(names) + 1) // 2
    depth = 0.35 + BAR * len(board.groups)
    height = 0.55 + depth + LINE * half
    with style():
        figure = Figure(figsize=(PAGE, height))
        ax = figure.add_axes((0, 0, 1, 1))
        ax.set(xlim=(0, PAGE), ylim=(height, 0))
        ax.set_axis_off()
        left, right = 1.5, PAGE - 1.5
        most = max(2.0, max(ranks))

        def across(rank: float) -> float:
            return left + (rank - 1) / (most - 1) * (right - left)

        _axis(ax, across, most)
        for place, (name, rank) in enumerate(zip(names, ranks, strict=True)):
            first = place < half
            y = 0.5 + depth + LINE * (place if first else len(names) - 1 - place)
            end = left - 0.15 if first else right + 0.15
            ax.plot([across(rank), across(rank), end], [0.4, y, y], color=GREY, lw=0.5)
            side = "right" if first else "left"
            ax.text(end + (-0.05 if first else 0.05), y, f"{name}  {rank:.3g}", ha=side, va="center", fontsize=6.5)
        for place, group in enumerate(board.groups):
            ends = [across(ranks[names.index(name)]) for name in (group[0], group[-1])]
            y = 0.52 + BAR * place
            ax.plot([ends[0] - 0.03, ends[1] + 0.03], [y, y], color=VERMILLION, lw=2.2, solid_capstyle="butt")
    return figure


def _axis(ax: Axes, across: Callable[[float], float], most: float) -> None:
    ax.plot([across(1), across(most)], [0.4, 0.4], color="black", lw=0.8)
    step = max(1, round(most / 8))
    for tick in [1, *range(step, int(most) + 1, step)]:
        ax.plot([across(tick)] * 2, [0.34, 0.4], color="black", lw=0.8)
        ax.text(across(tick), 0.28, str(tick), ha="center", fontsize=6.5)
    ax.text((across(1) + across(most)) / 2, 0.13, "mean rank (1: the best)", ha="center", fontsize=7)


def _groups(board: Leaderboard) -> str:
    if not board.groups:
        return "Every two proxies can be told apart."
    longest = max(board.groups, key=len)
    if len(longest) == len(board.means):
        return "**These tables cannot tell any two proxies apart**, at 5 % for all pairs together."
    joined = "Proxies that share a bar cannot be told apart, at 5 % for all pairs together"
    top = board.groups[0]
    return f"{joined}.\nThe best, `{top[0]}`, shares its bar with {len(top) - 1} of the {len(board.means) - 1} others."


def _table(board: Leaderboard, columns: list[tuple[str, str]]) -> str:
    heads = ["Mean rank", "Proxy"]
    for table, dataset in columns:
        heads += [f"τ {table}, {dataset_label(dataset)}", "Place"]
    lines = [[*heads, "ms"]]
    order = board.means.set_index("proxy")["mean_rank"]
    others = [name for name in dict.fromkeys(board.rows["proxy"]) if name not in order.index]
    found = board.rows.set_index(["table", "dataset", "proxy"])
    for name in [*order.index, *others]:
        cells = [f"{order[name]:.3g}" if name in order.index else DASH, f"`{name}`"]
        for table, dataset in columns:
            key = (table, dataset, name)
            cells += _cells(found.loc[key]) if key in found.index else [DASH, DASH]
        seconds = board.rows.loc[board.rows["proxy"] == name, "seconds"].median()
        lines.append([*cells, brief(1000 * seconds)])
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    texts = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([texts[0], rule, *texts[1:]])


def _cells(row: pd.Series) -> list[str]:
    rank, low, high = (int(row[name]) for name in ("rank", "rank_low", "rank_high"))
    place = str(rank) if low == high else f"{rank} [{low}–{high}]"
    return [bounded(row["tau"], row["low"], row["high"]), place]
