"""What all figures share: size, colours that colour-blind readers can tell apart, scales, reproducible files."""

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator, ScalarFormatter
from numpy.typing import ArrayLike
from PIL import Image

COLUMN, PAGE = 3.4, 7.0  # width in inches of a text column and of a grid over the page
COLUMNS = 3  # panels side by side in a grid: of four, the titles would not fit

# Okabe and Ito 2008, without the yellow that is too light for lines.
BLUE, VERMILLION, GREEN, ORANGE, SKY, PURPLE = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#56B4E9", "#CC79A7"
SERIES = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
GREY = "#6b6b6b"

# Keys are literals to matplotlib's annotations, hence Any.
SETTINGS: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 7,
    "axes.titlesize": 7,
    "axes.labelsize": 7,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.5,
    "xtick.labelsize": 6,
    "ytick.labelsize": 6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 6.5,
    "text.usetex": False,
    "figure.dpi": 200,  # also for the layout: hinted text is wider or narrower at another resolution
    "savefig.dpi": 200,
    "svg.fonttype": "none",  # text stays text: it can be searched and edited
    "svg.hashsalt": "zsbench",  # equal figures give equal files
}


@contextmanager
def style() -> Iterator[None]:
    """The settings above, for the block only."""
    with mpl.rc_context(SETTINGS):
        yield


def grid(count: int, panel_height: float) -> tuple[Figure, list[Axes]]:
    """A figure of page width with `count` panels (of column width for a single one)."""
    columns = max(1, min(COLUMNS, count))
    rows = math.ceil(count / columns)
    width = COLUMN if columns == 1 else PAGE
    figure = Figure(figsize=(width, panel_height * rows + 0.5), layout="constrained")
    panels = [figure.add_subplot(rows, columns, place + 1) for place in range(count)]
    return figure, panels


def render(figure: Figure) -> dict[str, bytes]:
    """The figure as `png` (200 dots per inch) and `svg`; equal figures give equal bytes."""
    with style():
        files = {}
        for kind, metadata in (("png", {"Software": None}), ("svg", {"Date": None, "Creator": "zsbench"})):
            buffer = io.BytesIO()
            figure.savefig(buffer, format=kind, metadata=metadata)
            files[kind] = _few_colours(buffer) if kind == "png" else buffer.getvalue()
            figure.set_layout_engine("none")  # the layout of the first stands: it is slow to compute
    return files


def _few_colours(image: io.BytesIO) -> bytes:
    """A PNG with a palette of 256 colours: a drawing has few, and a third of the bytes are enough for them."""
    found = io.BytesIO()
    with Image.open(image) as picture:
        resolution = picture.info.get("dpi", (200, 200))
        picture.convert("RGB").quantize(256).save(found, "png", optimize=True, dpi=resolution)
    return found.getvalue()


def fit_scale(axes: Axes, side: Literal["x", "y"], values: ArrayLike) -> None:
    """Give an axis a scale on which `values` can be told apart, and few enough ticks not to collide.

    Linear for one order of magnitude or a few, logarithmic for many: symmetric where values are zero or negative.
    """
    axis = axes.xaxis if side == "x" else axes.yaxis
    finite, sizes = _sizes(values)
    kind, threshold = scale_of(values)
    if kind == "linear":
        axis.set_major_locator(MaxNLocator(4))
        formatter = ScalarFormatter(useMathText=True)
        formatter.set_powerlimits((-3, 4))
        axis.set_major_formatter(formatter)
        axis.get_offset_text().set_fontsize(6)
        return
    set_scale = axes.set_xscale if side == "x" else axes.set_yscale
    smallest = _smallest(sizes)
    if kind == "log":
        set_scale("log")
    else:
        set_scale("symlog", linthresh=threshold, linscale=0.5)
    axis.set_major_locator(FixedLocator(_decades(finite.min(), finite.max(), smallest)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(_power))


def scale_of(values: ArrayLike) -> tuple[Literal["linear", "log", "symlog"], float]:
    """The scale on which `values` can be told apart, and the size from which on a symmetric logarithm is one."""
    finite, sizes = _sizes(values)
    if not _spans_decades(finite, sizes):
        return "linear", 1.0
    return "log" if finite.min() > 0 else "symlog", 10.0 ** _smallest(sizes)


def _sizes(values: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """The finite values, and what they are without their sign, ascending and without zeros."""
    finite = np.asarray(values, dtype=np.float64)
    finite = finite[np.isfinite(finite)]
    return finite, np.sort(np.abs(finite[finite != 0]))


def _smallest(sizes: np.ndarray) -> int:
    """The power of ten from which on nearly all sizes are."""
    return math.floor(math.log10(np.quantile(sizes, 0.05)))


def _spans_decades(values: np.ndarray, sizes: np.ndarray) -> bool:
    if sizes.size < 2:
        return False
    if values.min() > 0 or values.max() < 0:
        return bool(sizes[-1] > 1e2 * np.quantile(sizes, 0.05))
    # Around zero small sizes are ordinary; only a largest value far above the usual one spans decades.
    return bool(sizes[-1] > 1e2 * np.median(sizes))


def _decades(low: float, high: float, smallest: int, ticks: int = 4) -> list[float]:
    """Signed powers of ten between `low` and `high`, thinned to about `ticks`; zero where they have both signs."""

    def powers(end: float) -> list[int]:
        return list(range(smallest, math.floor(math.log10(end)) + 1)) if end > 10.0**smallest else []

    above, below = powers(high), powers(-low)
    stride = max(1, math.ceil((len(above) + len(below)) / ticks))
    places = [10.0**power for power in above[::-stride]] + [-(10.0**power) for power in below[::-stride]]
    return sorted(places + ([0.0] if low <= 0 <= high else []))


def _power(value: float, _: int | None = None) -> str:
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    return f"${sign}10^{{{round(math.log10(abs(value)))}}}$"
