"""Text of a user's in what a program reads: names, settings and reasons come from files that anybody may write.

Each function gives the text so that the format shows it and does not obey it. `clean` comes first in all of them: a
line feed would end a row, a control character makes no SVG, and a mark of direction turns the text around it.
"""

import re
import unicodedata

import matplotlib as mpl

UNKNOWN = "\N{REPLACEMENT CHARACTER}"
FORMULA = ("=", "+", "-", "@")  # what a cell begins with that a spreadsheet computes

LATEX = {
    "\\": r"\textbackslash{}",
    "_": r"\_",
    "%": r"\%",
    "&": r"\&",
    "#": r"\#",
    "$": r"\$",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"{\char34}",  # a shorthand in some languages of babel
    "`": r"{\char96}",
    "[": "{[}",  # after a line break it would be the break's length
    "]": "{]}",
    "*": "{*}",
    "\N{NO-BREAK SPACE}": "~",
    "±": r"$\pm$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "−": "$-$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "√": r"$\surd$",
    "∞": r"$\infty$",
    "→": r"$\to$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "²": "$^2$",
    "³": "$^3$",
    "°": r"$^\circ$",
    "–": "--",
    "—": "---",
    "…": r"\dots{}",
    "‘": "`",
    "’": "'",
    "“": "``",
    "”": "''",
    "ß": r"\ss{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
    "ı": r"\i{}",
    UNKNOWN: "?",
}
# Letters with the names that TeX has for them.
GREEK = {
    unicodedata.lookup(f"GREEK {case} LETTER {letter}"): rf"$\{named}$"
    for case, letters in (
        ("SMALL", "alpha beta gamma delta zeta eta theta iota kappa lamda mu nu xi pi rho sigma tau upsilon chi omega"),
        ("CAPITAL", "gamma delta theta lamda xi pi sigma upsilon phi psi omega"),
    )
    for letter in letters.split()
    for named in [(letter if case == "SMALL" else letter.title()).replace("lamda", "lambda").replace("Lamda", "Lambda")]
} | {"ε": r"$\varepsilon$", "φ": r"$\varphi$", "µ": r"$\mu$"}
# Combining marks, and the commands that set them.
ACCENTS = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u", "\u0307": ".",
    "\u0308": '"', "\u030a": "r", "\u030b": "H", "\u030c": "v", "\u0327": "c",
}  # fmt: skip
MARKDOWN = re.compile(r"[\\|*`~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|\](?=[(\[:])|^(?:[-+>#](?= ))")


def clean(text: str) -> str:
    """The text in one line: a space for each kind of space or control character, a mark for what cannot be seen."""
    return re.sub(" +", " ", "".join(map(_seen, text))).strip()


def _seen(character: str) -> str:
    kind = unicodedata.category(character)
    if kind in ("Cc", "Zl", "Zp", "Zs"):
        return " "
    return UNKNOWN if kind in ("Cf", "Cs", "Cn", "Co") else character


def shorten(text: str, limit: int) -> str:
    """The text if it has `limit` characters at most, else its two ends."""
    text = clean(text)
    return text if len(text) <= limit else f"{text[: limit - limit // 3 - 1]}…{text[-(limit // 3) :]}"


def latex(text: str) -> str:
    """The text as LaTeX sets it, in any font encoding; a letter of another alphabet is told by its number."""
    text = unicodedata.normalize("NFC", clean(text))
    parts = [_set(character) + "{}" * (text[place : place + 2] == "--") for place, character in enumerate(text)]
    return "".join(parts)


def _set(character: str) -> str:
    known = LATEX.get(character) or GREEK.get(character)
    if known is not None or character.isascii():
        return known or character
    decomposed = unicodedata.normalize("NFD", character)
    base, accents = decomposed[0], decomposed[1:]
    if accents in ACCENTS and base.isascii() and base.isalpha():
        return rf"\{ACCENTS[accents]}{{{base}}}"
    return f"{{[}}U+{ord(character):04X}{{]}}"


def markdown(text: str) -> str:
    """The text as Markdown shows it, in a cell of a table too."""
    text = MARKDOWN.sub(lambda found: f"\\{found[0]}", clean(text))
    return re.sub(r"&(?=#?\w+;)", "&amp;", text).replace("<", "&lt;")


def cell(text: str) -> str:
    """The text as a cell of CSV, with an apostrophe before what a spreadsheet would compute."""
    return f"'{text}" if text.startswith((*FORMULA, "\t", "\r")) else text


def figure_text(text: str) -> str:
    """The text for matplotlib, which takes what stands between two dollars for a formula, or all for LaTeX."""
    return latex(text) if mpl.rcParams["text.usetex"] else clean(text).replace("$", r"\$")
