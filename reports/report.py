"""Writes a report's files; each replaces the one before in a single step, so that a reader never sees half a file."""

import os
from pathlib import Path

from ..results import (
    Store,
    accuracy_curves,
    accuracy_noise,
    budgets,
    comparison,
    correlations,
    open_rows,
    with_references,
    write_rows,
)
from ..results.files import replace
from .for_papers import paper_figures, paper_texts
from .page import page
from .plots import figures
from .single import rendered
from .statistics import gather, together
from .statistics import markdown as statistics_markdown
from .style import render
from .table import csv, markdown
from .wide import wide


def write_report(store: Store, folder: str | os.PathLike[str]) -> Path:
    """Keep the stored rows in `folder`/`rows`, draw them into `folder` and return the path of its `index.html`.

    See `write_rows` and `draw_report`. Equal rows give equal files.
    """
    rows = Path(folder) / "rows"
    write_rows(store, rows)
    return draw_report(rows, folder)


def draw_report(rows: str | os.PathLike[str], folder: str | os.PathLike[str]) -> Path:
    """Draw a folder of rows into `folder` and return the path of its `index.html`.

    Writes `table.md`, `table.csv`, `correlation.csv`, `statistics.md`, `statistics.csv`, `covariates.csv`,
    `noise.csv`, `budgets.csv` and `plots/*.png` and `*.svg`; and for papers `table.tex`, `table_paper.tex`, `refs.bib`,
    `methods.tex`, `methods.md`, `plots/paper_*.pdf` and `.svg`. Every report is drawn from rows as they are kept, never
    from a database, so that what is drawn later from the rows alone is the same. A study that has not finished is drawn
    as far as it got.
    """
    with open_rows(rows) as store:
        return _draw(store, Path(folder))


def _draw(store: Store, place: Path) -> Path:
    (place / "plots").mkdir(parents=True, exist_ok=True)
    correlated = correlations(store)
    table = with_references(store, comparison(store, correlated))
    evidence = gather(store, correlated)
    noise, spent = accuracy_noise(store), budgets(accuracy_curves(store))
    for name, figure in figures(store, table, correlated, noise, spent):
        for kind, content in render(figure).items():
            replace(place / "plots" / f"{name}.{kind}", content)
    for name, ax in paper_figures(table, correlated, noise):
        for kind in ("pdf", "svg"):
            replace(place / "plots" / f"{name}.{kind}", rendered(ax, kind))
    texts = {
        "table.md": markdown(table),
        "table.csv": csv(wide(table)),
        **paper_texts(store, table),
        "correlation.csv": csv(correlated),
        "statistics.md": statistics_markdown(evidence),
        "statistics.csv": csv(together(evidence)),
        "covariates.csv": csv(evidence.covariates),
        "noise.csv": csv(noise),
        "budgets.csv": csv(spent),
        "index.html": page(store, table, evidence, noise),  # last: what it names is there
    }
    for name, text in texts.items():
        replace(place / name, text.encode())
    return place / "index.html"
