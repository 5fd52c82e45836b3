"""How numbers and names read, wherever a person sees them: tables, plots, the page."""

import hashlib
import math
import re

import pandas as pd

from .escaping import clean, figure_text
from .names import dataset_label as dataset_label

DASH = "–"
LONGEST_STEM = 80  # bytes of a name in the name of a file, which may have 255
MOST = 200  # characters of a name that a figure shows


def missing(value: object) -> bool:
    """Whether a cell of a frame holds nothing."""
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def amount(value: object) -> str:
    """A count of parameters or multiply-adds in three digits or fewer: 31.2k, 0.98M, 401M, 1.20G."""
    if missing(value):
        return DASH
    number = float(str(value))
    if number < 1e3:
        return f"{number:.0f}"
    # From a tenth of a million on, the field counts in millions.
    scale, unit = (1e3, "k") if number < 1e5 else (1e6, "M") if number < 9.995e8 else (1e9, "G")
    scaled = number / scale
    digits = 0 if scaled >= 100 else 1 if scaled >= 10 or unit == "k" else 2
    return f"{scaled:.{digits}f}{unit}"


def interval(mean: float, half: float, digits: int = 1) -> str:
    """A mean and the half width of its interval, "97.0 ± 0.3"; the mean alone where there is no interval."""
    if missing(mean):
        return DASH
    return f"{mean:.{digits}f}" if missing(half) else f"{mean:.{digits}f} ± {half:.{digits}f}"


def minus(number: str) -> str:
    """A written number with a proper minus sign, and none before zero."""
    return number.replace("-", "−") if number.strip("-0.") else number.replace("-", "")


def bounded(value: float, low: float, high: float) -> str:
    """A correlation and its interval, "0.61 [0.42, 0.75]"."""
    if missing(value):
        return DASH
    return f"{value:.2f}" if missing(low) else f"{value:.2f} [{low:.2f}, {high:.2f}]"


def brief(value: float) -> str:
    """A time or another positive number in two digits or the whole ones: 0.0021, 0.35, 12, 340."""
    if missing(value):
        return DASH
    return f"{value:.0f}" if value >= 10 else f"{float(f'{value:.2g}'):.6f}".rstrip("0").rstrip(".")


def plain(value: object) -> str:
    """A number without decimals and with thousands apart, a text as it is, a dash for nothing."""
    if missing(value) or value == "":
        return DASH
    return f"{value:,.0f}" if isinstance(value, (int, float)) else str(value)


def directed(proxy: str, higher_is_better: bool) -> str:
    """The proxy's name, with an arrow where a lower score is the better one."""
    return proxy if higher_is_better else f"{proxy} ↓"


def file_stem(text: str) -> str:
    """`text` as part of a file name: a user's proxy may be called anything."""
    stem = re.sub(r"[^\w.@+-]", "_", text)
    if len(stem.encode()) <= LONGEST_STEM:
        return stem
    return f"{stem[:20]}_{hashlib.sha256(text.encode(errors='replace')).hexdigest()[:8]}"


def figure_lines(name: str, width: int) -> str:
    """A name for matplotlib, over several lines as `wrap` breaks it."""
    return "\n".join(map(figure_text, wrap(clean(name)[:MOST], width).split("\n")))


def wrap(name: str, width: int) -> str:
    """`name` over several lines of at most `width` characters, broken after an underscore, hyphen or dot if it can."""
    lines = [""]
    for part in re.findall(r"[^_.-]+[_.-]*|[_.-]+", name):
        if lines[-1] and len(lines[-1]) + len(part) > width:
            lines.append("")
        lines[-1] += part
    pieces = (line[start : start + width] for line in lines for start in range(0, max(len(line), 1), width))
    return "\n".join(pieces)
