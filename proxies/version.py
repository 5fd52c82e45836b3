"""Versions of a proxy's code: a study must not mix the scores of two versions."""

import ast
import functools
import hashlib
import importlib.util
import inspect
import io
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

from .registry import Proxy, get

DIGITS = 12  # hexadecimal digits of a version
ROOMS = tuple(f"{__package__}.{room}" for room in ("zoo", "tools"))  # the modules in these belong to a proxy's code


def version(name: str) -> str:
    """A digest of the code of the proxy `name`, without comments and docstrings: equal versions give equal scores.

    It covers the module of the function, the modules of the zoo and of the tools that this imports, and the parts of a
    combination. It does not cover the harness and the networks: CHANGELOG.md says when their numbers change.
    """
    entry = get(name)
    return _digest(entry, tuple(map(version, entry.parts)))


@functools.lru_cache(maxsize=512)
def _digest(entry: Proxy, parts: tuple[str, ...]) -> str:
    content = hashlib.sha256(repr(parts).encode())
    for text in _sources(entry):
        content.update(strip(text).encode())
    return content.hexdigest()[:DIGITS]


def _sources(entry: Proxy) -> Iterator[str]:
    """The sources of the proxy's module and of the modules that it needs, in the order of their names."""
    first = sys.modules.get(getattr(entry.function, "__module__", ""))
    path = getattr(first, "__file__", None)
    if first is None or path is None:  # a function of a notebook or of a shell
        yield _source_of_function(entry)
        return
    found = {first.__name__: Path(path).read_text("utf-8")}
    new = [first.__name__]
    while new:
        name = new.pop()
        for imported in _imported(name, found[name]):
            if imported not in found:
                found[imported] = Path(_file(imported)).read_text("utf-8")
                new.append(imported)
    for name in sorted(found):
        yield found[name]


def _source_of_function(entry: Proxy) -> str:
    try:
        return inspect.getsource(entry.function)
    except (OSError, TypeError):
        code = getattr(entry.function, "__code__", None)
        return repr((code.co_code, code.co_consts, code.co_names)) if code else repr(type(entry.function))


def _imported(module: str, source: str) -> Iterator[str]:
    """The names of the modules of the zoo and of the tools that a module's source imports, at any place in it."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        origin = importlib.util.resolve_name("." * node.level + (node.module or ""), module.rpartition(".")[0])
        for name in (origin, *(f"{origin}.{alias.name}" for alias in node.names)):
            if _file(name):
                yield name


def _file(module: str) -> str:
    """The file of a module of the zoo or of the tools; nothing where the name is no module's."""
    room, _, name = module.rpartition(".")
    spec = importlib.util.find_spec(module) if room in ROOMS and name else None
    return (spec.origin or "") if spec else ""


def strip(source: str) -> str:
    """Python source without comments, docstrings, empty lines and blanks at the ends of lines."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # the indented source of a nested function
        return source
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node, clean=False):
            text = node.body[0]
            for row in range(text.lineno - 1, text.end_lineno or text.lineno):
                lines[row] = ""
    return "\n".join(line.rstrip() for line in lines if line.strip())
