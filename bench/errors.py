"""Errors of bad input, which the command line turns into exit 2, and how any error is told in one line."""

from ..results import StoreError
from ..train import DataError, ExportError, RecipeError


class UsageError(ValueError):
    """Wrong usage or bad input: one line that names the bad input and how to fix it."""


INPUT_ERRORS = (UsageError, DataError, ExportError, RecipeError, StoreError)


def first_line(error: BaseException) -> str:
    """The first line of what an error says; its type where it says nothing."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
