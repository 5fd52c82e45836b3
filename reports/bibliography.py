"""`refs.bib`: the papers of a study's proxies, from `proxies/references.bib`."""

import re
import unicodedata
from collections.abc import Iterable
from importlib import resources

from .escaping import ACCENTS
from .names import citations
from .paper_table import PUBLISHED

KEY = re.compile(r"[A-Za-z][\w:.-]{0,80}", re.ASCII)  # of a user's proxy: another would break what cites it
PACKAGE = __package__.partition(".")[0] + ".proxies"


def entries() -> dict[str, str]:
    """The known entries by their keys."""
    text = (resources.files(PACKAGE) / "references.bib").read_text(encoding="utf-8")
    return {entry[1]: entry[0] for entry in re.finditer(r"^@\w+\{([\w-]+),\n.*?^\}$", text, re.DOTALL | re.MULTILINE)}


def cited(proxies: Iterable[str]) -> list[str]:
    """The keys that the proxies name, each once, those that could not be cited left out."""
    return list(dict.fromkeys(key for name in proxies for key in citations(name) if KEY.fullmatch(key)))


def bibliography(proxies: Iterable[str]) -> str:
    """The entries of the papers that define the proxies, by key; a line of comment for a key without an entry."""
    known = entries()
    keys = sorted({*cited(proxies), PUBLISHED})
    missing = [f"% {key}: a proxy names this paper; its entry is yours to add.\n" for key in keys if key not in known]
    return "\n".join([*missing, *(f"{known[key]}\n" for key in keys if key in known)])


def authors_and_year(entry: str) -> str:
    """How a text without a list of references names a paper: "Lin et al. 2021"."""
    fields = re.search(r"author = \{(.*?)\},\n  title.*year = \{(\d+)\}", entry, re.DOTALL)
    assert fields is not None, entry  # a test reads every entry
    names = [_letters(author.split(",")[0]) for author in re.split(r"\s+and\s+", fields[1])]
    who = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
    return f"{who} {fields[2]}"


def _letters(name: str) -> str:
    """A name with its accents as letters."""
    marks = {command: mark for mark, command in ACCENTS.items()}
    plain = re.sub(r"\\(\W|[uvHrc])\s*\{?\\?(\w)\}?", lambda found: found[2] + marks[found[1]], name)
    return unicodedata.normalize("NFC", re.sub(r"[{}]", "", plain))
