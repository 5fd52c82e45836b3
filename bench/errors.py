"""Errors of bad input, which the command line turns into exit 2, and an error's message in one line."""


class UsageError(ValueError):
    """Wrong usage or bad input: one line that names the bad input and how to fix it."""


def input_errors() -> tuple[type[Exception], ...]:
    """The errors of bad input of all packages.

    A function and not a constant: importing these packages takes a second, and `zsbench --help` does not need them.
    """
    from ..results import StoreError
    from ..space import SpaceError
    from ..train import DataError, ExportError, RecipeError

    return UsageError, DataError, ExportError, RecipeError, SpaceError, StoreError


def one_line(error: BaseException) -> str:
    """The first 200 characters of an error's message, as one line."""
    return " ".join(str(error).split())[:200]


def first_line(error: BaseException) -> str:
    """The first line of an error's message; the name of its type where it has none."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
