"""The error of this package."""


class StoreError(ValueError):
    """A store or study folder that cannot be used as asked; the message is one line for the user."""
