"""The command line: `zsbench`, also `python -m zsbench`.

Data goes to stdout, progress and messages to stderr. Exit 0: done; 1: the run failed; 2: wrong usage or bad input, told
in one line.
"""

import sys
from concurrent.futures import BrokenExecutor

import typer

from .commands import agreement, convert, correlate, export, inspect, listing, merge, score, search, study, train, watch
from .errors import INPUT_ERRORS
from .progress import say

app = typer.Typer(
    help="Zero-shot NAS proxies compared fairly: same search, same budgets, same training.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (
    study.run,
    search.search,
    score.score,
    train.train,
    correlate.correlate,
    agreement.agreement,
    export.export,
    convert.convert,
    study.report,
    watch.watch,
    merge.merge,
    inspect.inspect,
    listing.list_,
    score.check_proxy,
):
    app.command(command.__name__.strip("_").replace("_", "-"))(command)

INTERRUPTED = 130
# The base of what the option parser raises; releases of typer keep it in different modules.
_ParserError: type[Exception] = typer.BadParameter.__mro__[2]


def main() -> None:
    """Run a command and exit with its code."""
    try:
        code = app(standalone_mode=False)
    except _ParserError as error:
        message = " ".join(error.format_message().split())  # type: ignore[attr-defined]
        say(f"zsbench: {message.replace('Value error, ', '')}")
        code = 2
    except INPUT_ERRORS as error:
        say(f"zsbench: {error}")
        code = 2
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except BrokenExecutor as error:  # no job could be run, or some of a cluster's came to nothing
        say(f"zsbench: {error}; run the same command again to go on")
        code = 1
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output is gone; Python would complain once more at exit
        code = 1
    except OSError as error:  # a full disk, a folder that may not be written to
        say(f"zsbench: {error.filename or ''}: {error.strerror or error}")
        code = 1
    if code == INTERRUPTED:  # which newer typers give in place of an exception
        say("zsbench: interrupted; run the same command again to go on")
    sys.exit(code if isinstance(code, int) else 0)
