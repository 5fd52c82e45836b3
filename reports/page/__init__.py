"""The report's page for a browser."""

from .build import page, page_of

__all__ = ["page", "page_of"]
