"""`python -m zsbench` is `zsbench`."""

from .bench.__main__ import main

if __name__ == "__main__":
    main()
