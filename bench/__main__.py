"""`python -m bench` is `zsbench`."""

from bench.cli import main

if __name__ == "__main__":
    main()
