"""`python -m bench` is `zsbench`."""

import gc


def main() -> None:
    """Entry point: load the command line, run it and exit with its code."""
    gc.disable()  # imports make hundreds of thousands of objects, no garbage: looking for it takes a tenth of the start
    from bench.cli import main as run

    gc.freeze()  # what was imported stays: the collector need not look through it again and again
    gc.enable()
    run()


if __name__ == "__main__":
    main()
