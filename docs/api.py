"""Pages of the API in `build/api`, from the docstrings of all public names: `make docs` runs this file."""

from pathlib import Path

import pdoc
import zsbench

PACKAGES = ("space", "search", "proxies", "train", "results", "reports")
PLACE = Path("build/api")


def main() -> None:
    """Write the pages."""
    for name in zsbench.__all__:  # these are imported at their first use, and pdoc takes what is there
        setattr(zsbench, name, getattr(zsbench, name))
    pdoc.render.configure(docformat="markdown", show_source=False)
    pdoc.pdoc("zsbench", *(f"zsbench.{package}" for package in PACKAGES), output_directory=PLACE)


if __name__ == "__main__":
    main()
