"""Every text file is read and written as UTF-8, whatever the machine's own encoding is."""

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("space", "proxies", "search", "train", "results", "reports", "bench")
# Where among the arguments of each function the encoding stands; None: by its name only.
CALLS: dict[str, int | None] = {"read_text": 0, "write_text": 1, "open": None, "NamedTemporaryFile": None}
FILES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))] + list(ROOT.glob("*.py"))


def without_encoding(code: str) -> list[int]:
    """The lines of calls that leave the encoding to the machine."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call) and _name(node) in CALLS and _is_text(node) and not _has_encoding(node)
    ]


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _is_text(call: ast.Call) -> bool:
    """Whether the call is of text: `open` and its like say otherwise by a mode, or belong to something else."""
    name = _name(call)
    if name in ("read_text", "write_text"):
        return True
    if name == "open" and isinstance(call.func, ast.Attribute):
        owner = getattr(call.func.value, "id", "")
        if owner in ("Image", "lzma", "gzip", "bz2", "os", "place", "table", "self"):
            return False
    modes = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    modes += [word.value.value for word in call.keywords if word.arg == "mode" and isinstance(word.value, ast.Constant)]
    return not any(isinstance(mode, str) and "b" in mode for mode in modes) and name == "open"


def _has_encoding(call: ast.Call) -> bool:
    place = CALLS[_name(call)]
    return any(word.arg == "encoding" for word in call.keywords) or (place is not None and len(call.args) > place)


def test_what_is_looked_for_is_found() -> None:
    assert without_encoding("p.read_text()\np.write_text(x)\nopen(p)\np.open('w')\n") == [1, 2, 3, 4]
    assert not without_encoding(
        "p.read_text('utf-8')\np.write_text(x, encoding='utf-8')\nopen(p, 'rb')\nImage.open(p)\n"
    )


def test_every_call_gives_its_encoding() -> None:
    found = {str(path.relative_to(ROOT)): without_encoding(path.read_text("utf-8")) for path in FILES}
    assert not {path: lines for path, lines in found.items() if lines}
