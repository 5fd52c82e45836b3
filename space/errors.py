"""The error of what is not defined for an architecture."""


class NotDefinedError(ValueError):
    """A number, or a part of a network, is not defined for an architecture: the message says for which it is."""
