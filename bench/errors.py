"""What the command line turns into exit 2."""

from ..results import StoreError
from ..train import DataError, ExportError, RecipeError


class UsageError(ValueError):
    """Wrong usage or bad input: one line that names the input and the mend."""


INPUT_ERRORS = (UsageError, DataError, ExportError, RecipeError, StoreError)
