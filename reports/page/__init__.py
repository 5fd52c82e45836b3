"""The report's page for a browser."""

from .build import page, page_of
from .studies import studies_page

__all__ = ["page", "page_of", "studies_page"]
