"""A figure of the page: drawings with a title and a caption."""

from collections.abc import Mapping
from typing import NamedTuple

from markupsafe import Markup

Labels = Mapping[str, str]  # what people read in place of a proxy's id


class Figure(NamedTuple):
    """Drawings that belong together under one title; `caption` says how to read them."""

    title: str
    caption: str
    drawings: list[Markup]
