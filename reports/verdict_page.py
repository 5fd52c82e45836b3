"""The page of a verdict: its sentences, three figures and the ladder, in one file."""

import base64
from collections.abc import Sequence
from pathlib import Path

import jinja2
import pandas as pd

from ..results import Verdict
from .ladder import ROW, draw_cost, draw_ladder, draw_scatter, figure_of, scatter_title
from .style import PAGE, render
from .text import DASH, bounded, brief, dataset_label, missing
from .verdict import conclusion, header, sentences


def verdict_figures(found: Verdict) -> dict[str, dict[str, bytes]]:
    """The figures by name, `scatter`, `ladder` and `cost`, each as `png` and `svg`."""
    tau = found.correlation.estimates["tau"]
    title = scatter_title(found.proxy, tau)
    ladder = found.ladder
    return {
        "scatter": render(figure_of(lambda ax: draw_scatter(found.points, ax, title), 2.7)),
        "ladder": render(figure_of(lambda ax: draw_ladder(ladder, found.proxy, ax), 0.6 + ROW * len(ladder))),
        "cost": render(figure_of(lambda ax: draw_cost(ladder, found.proxy, ax), 2.9)),
    }


def verdict_page(verdicts: Sequence[Verdict], ended: str = "") -> str:
    """The verdicts of one proxy, on several tables or data sets, as HTML with all figures inside."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("verdict.html.jinja").render(
        title=f"Where {verdicts[0].proxy} stands",
        width=PAGE,
        verdicts=[
            {
                "title": f"{found.table}, {dataset_label(found.dataset)}",
                "header": header(found, ended),
                "conclusion": conclusion(found),
                "sentences": list(sentences(found)),
                "figures": {
                    name: base64.b64encode(files["png"]).decode() for name, files in verdict_figures(found).items()
                },
                "ladder": ladder_rows(found),
            }
            for found in verdicts
        ],
    )


def ladder_rows(found: Verdict) -> list[dict[str, object]]:
    """The ladder as texts, a row for each proxy."""
    compared = found.placement.others.set_index("proxy")
    rows: list[dict[str, object]] = []
    for row in found.ladder.to_dict("records"):
        name = row["proxy"]
        rows.append(
            {
                "proxy": name,
                "mine": name == found.proxy,
                "rank": DASH if missing(row["rank"]) else int(row["rank"]),
                "tau": bounded(row["tau"], row["low"], row["high"]),
                "difference": _difference(compared.loc[name]) if name in compared.index else DASH,
                "milliseconds": brief(1000 * row["seconds"]),
                "pareto": bool(row["pareto"]),
            }
        )
    return rows


def _difference(row: pd.Series) -> str:
    """How much better or worse ours is."""
    if missing(row["low"]) or row["low"] == row["high"]:
        return f"{row['difference']:+.2f}"
    return f"{row['difference']:+.2f} [{row['low']:+.2f}, {row['high']:+.2f}]"
