"""Names that are looked up, such as those of proxies, spaces and recipes: what to say about one that is not known."""

from collections.abc import Iterable
from difflib import get_close_matches


def unknown_name(kind: str, name: str, known: Iterable[str]) -> str:
    """One line about an unknown name: the names there are, and the most similar one if the name may be a slip.

    `kind` says what is named, for example "proxy".
    """
    names = list(known)
    return f"unknown {kind} {name!r}; there are: {', '.join(names)}{did_you_mean(name, names)}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The text "; did you mean 'zen'?" if a known name resembles `name`, else ""."""
    similar = get_close_matches(name, list(known), n=1)
    return f"; did you mean {similar[0]!r}?" if similar else ""
