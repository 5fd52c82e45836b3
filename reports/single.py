"""Figures one at a time: one call each from a frame of `results`, into axes of the user's or a figure of its own.

In axes that are given, sizes, colours and fonts are those of the user's style: nothing is set here. Without axes the
figure is as wide as a column of a paper, in the style of the report.
"""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from .escaping import figure_text, shorten
from .names import dataset_label, proxy_label
from .style import COLUMN, SERIES, SETTINGS
from .text import wrap

# Fonts as outlines that every reader and printer has: journals refuse matplotlib's own kind (3).
EMBEDDED: dict[Any, Any] = {"pdf.fonttype": 42, "ps.fonttype": 42, "svg.fonttype": "path", "svg.hashsalt": "zsbench"}
STYLE: dict[Any, Any] = {**SETTINGS, **EMBEDDED, "axes.prop_cycle": cycler(color=SERIES), "lines.markersize": 4.5}
PLAIN = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {"Software": None}}  # equal figures, equal files
LONGEST, WIDE = 60, 26  # characters of a name, and of one of its lines


@contextmanager
def axes(given: Axes | None, height: float) -> Iterator[Axes]:
    """The axes that are given, or those of a new figure of column width, `height` inches high."""
    if given is not None:
        yield given
        return
    with mpl.rc_context(STYLE):
        drawn = Figure(figsize=(COLUMN, height), layout="constrained").add_subplot()
        drawn.tick_params(labelsize=SETTINGS["xtick.labelsize"], width=SETTINGS["xtick.major.width"])
        yield drawn


def save_figure(drawn: Axes | Figure, path: str | os.PathLike[str]) -> None:
    """Write the figure of `drawn` as PDF, SVG, PNG or EPS, by the suffix of `path`, with its fonts embedded.

    Equal figures give equal files.
    """
    Path(path).write_bytes(rendered(drawn, Path(path).suffix.lstrip(".").lower() or "pdf"))


def rendered(drawn: Axes | Figure, kind: str) -> bytes:
    """The figure of `drawn` as a file of `kind`, for example "pdf"."""
    figure = drawn.figure if isinstance(drawn, Axes) else drawn
    while isinstance(figure, SubFigure):
        figure = figure.figure
    assert figure is not None
    content = io.BytesIO()
    with mpl.rc_context(EMBEDDED):
        figure.savefig(content, format=kind, metadata=PLAIN.get(kind))
    return content.getvalue()


def one(frame: pd.DataFrame, column: str, wanted: str | None = None) -> pd.DataFrame:
    """The rows of one value of `column`, "proxy" or "dataset": the wanted one, or the only one that there is.

    ValueError where there is none, or several and none is wanted.
    """
    names = frame[column].dropna().unique().tolist()
    if wanted is None and len(names) == 1:
        wanted = names[0]
    if wanted not in names:
        told = "name one" if wanted is None else f"there is no {wanted!r}"
        raise ValueError(f"{column}: {told}; the frame has {', '.join(map(str, names)) or 'none'}")
    return frame[frame[column] == wanted]


def proxy_text(name: str) -> str:
    """A proxy's usual name, for a figure, over several lines where it is long."""
    return figure_text(proxy_label(name)) if mpl.rcParams["text.usetex"] else lines(proxy_label(name))


def dataset_text(name: str) -> str:
    """A data set's usual name, for a figure."""
    return figure_text(shorten(dataset_label(name), WIDE))


def lines(text: str) -> str:
    """A name over lines of at most `WIDE` characters, broken between words where it can be."""
    words = shorten(text, LONGEST).split(" ")
    found = [""]
    for word in words:
        for part in wrap(word, WIDE).split("\n"):
            if found[-1] and len(found[-1]) + 1 + len(part) > WIDE:
                found.append(part)
            else:
                found[-1] = f"{found[-1]} {part}".strip()
    return "\n".join(map(figure_text, found))


def rows(drawn: Axes, labels: list[str]) -> np.ndarray:
    """Name the rows of a dot plot, the first on top; returns their heights."""
    drawn.set_yticks(range(len(labels)), labels)
    drawn.set_ylim(len(labels) - 0.5, -0.5)
    drawn.tick_params(axis="y", length=0)
    return np.arange(len(labels))
