"""The command line: `zsbench`, also `python -m zsbench`.

Data goes to stdout, progress and messages to stderr. Exit 0: done; 1: the run failed; 2: wrong usage or bad input, told
in one line.
"""

import gc
import platform
import sys
from collections.abc import Iterator, MutableMapping
from concurrent.futures import BrokenExecutor
from importlib import import_module, metadata
from types import ModuleType
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from .command_list import COMMANDS
from .errors import UsageError, input_errors
from .messages import say

INTERRUPTED = 130
QUIET: dict[str, Any] = {"add_completion": False, "pretty_exceptions_enable": False, "rich_markup_mode": None}
# The base of what the option parser raises; releases of typer keep it in different modules.
_ParserError: type[Exception] = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")


class _Commands(MutableMapping[str, Any]):
    """The parsers of the commands by name; a command's file is imported when its parser is asked for."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = _parser(name)
        return self._made[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        del self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in COMMANDS

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class _Group(TyperGroup):
    """The commands of `COMMANDS`: they are listed without being imported."""

    def __init__(self, **attributes: Any):
        super().__init__(**attributes)
        self.commands = _Commands()

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order of `COMMANDS`."""
        return list(COMMANDS)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the names and summaries."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


app = typer.Typer(cls=_Group, **QUIET)


@app.callback(
    invoke_without_command=True,
    help="Zero-shot NAS proxies compared fairly: same search, same budgets, same training.",
    epilog="Start with `zsbench run quick`. `zsbench COMMAND --help` explains a command and gives examples.",
)
def _begin(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Print the versions of zsbench and what it needs.")
    ] = False,
) -> None:
    if version:
        print(f"zsbench {_version('zsbench')} (Python {platform.python_version()}, PyTorch {_version('torch')})")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise UsageError("Missing command: name one of those above, for example `zsbench run quick`")


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:  # a checkout that is not installed
        return "unknown"


def _parser(name: str) -> Any:
    entry = COMMANDS[name]
    file, _, function = entry.function.partition(":")
    module = _import(f"{__package__}.commands.{file}")
    examples = "\n".join(f"  {example}" for example in entry.examples)
    single = typer.Typer(**QUIET)
    # The parser wraps text; \b keeps it from joining these lines.
    single.command(name, epilog=f"\b\nExamples:\n{examples}")(getattr(module, function))
    return typer.main.get_command(single)


def _import(name: str) -> ModuleType:
    """Import a module. Its hundreds of thousands of objects stay, and looking for garbage among them takes long."""
    if name in sys.modules:
        return sys.modules[name]
    gc.disable()
    try:
        return import_module(name)
    finally:
        gc.freeze()
        gc.enable()


def _option_for(error: Exception) -> str:
    """The option that mends an error of a package that knows nothing of options; "" where none does."""
    from ..train import RootMissingError

    return "; name it with --data-root" if isinstance(error, RootMissingError) else ""


def main() -> None:
    """Run a command and exit with its code."""
    try:
        code = app(standalone_mode=False)
    except UsageError as error:
        say(f"zsbench: {error}")
        code = 2
    except _ParserError as error:
        message = " ".join(error.format_message().split())  # type: ignore[attr-defined]
        say(f"zsbench: {message.replace('Value error, ', '')}")
        code = 2
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except BrokenExecutor as error:  # no job could be run, or some of a cluster's came to nothing
        say(f"zsbench: {error}; run the same command again to continue")
        code = 1
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output is gone; Python would complain once more at exit
        code = 1
    except OSError as error:  # a full disk, a folder that may not be written to
        say(f"zsbench: {error.filename or ''}: {error.strerror or error}")
        code = 1
    except input_errors() as error:  # last, as this imports the packages that define them
        say(f"zsbench: {error}{_option_for(error)}")
        code = 2
    if code == INTERRUPTED:  # which newer typers give in place of an exception
        say("zsbench: interrupted; run the same command again to continue")
    sys.exit(code if isinstance(code, int) else 0)
