"""`score` and `check-proxy`: scores without a search."""

import json
import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from ...space import Space
from ..errors import UsageError
from ..executors.job import run_job
from ..executors.local import open_executor
from ..jobs import ContractJob, ScoreJob
from ..messages import say
from . import options


@options.with_score_options
def score(
    space: options.SpaceName,
    proxy: options.ProxyNames,
    how: options.ScoreOptions,
    architectures: Annotated[
        list[str] | None, typer.Argument(metavar="[ARCH]...", help="Texts of architectures; default: lines of stdin.")
    ] = None,
    imports: options.Imports = None,
    as_json: options.Json = False,
) -> None:
    """Score architectures by one or several proxies.

    Architectures are arguments, or one per line on stdin.
    """
    options.load_imports(imports)
    within = options.space_named(space)
    names = options.proxy_names(proxy)
    setting = how.setting(within, names)
    succeeded = False
    # With one thread as in a study, so that the values are the same.
    with open_executor(1, 1, imports or (), device=setting.device) as executor:
        for text in _texts(architectures, within):
            for name in names:
                row = executor.submit(run_job, ScoreJob(name, text, setting)).result()
                succeeded |= row["status"] == "ok"
                print(json.dumps(row) if as_json else _line(row), flush=True)
    if not succeeded:
        raise typer.Exit(1)


def _texts(arguments: list[str] | None, within: Space) -> Iterator[str]:
    """Architectures in their normal form."""
    if not arguments and (sys.stdin is None or sys.stdin.isatty()):
        raise UsageError("score: give architectures as arguments, or one per line on stdin")
    lines = arguments or [line.strip() for line in sys.stdin if line.strip()]
    if not lines:
        raise UsageError("score: stdin has no architecture; give one per line, or give them as arguments")
    # All lines are read before the first is scored, so that a typing error in the last one does not cost an hour.
    return iter([str(options.architecture(line, within)) for line in lines])


def _line(row: dict[str, Any]) -> str:
    numbers = row["components"] or (() if row["value"] is None else (row["value"],))
    value = " ".join(f"{number:.8g}" for number in numbers) or f"{row['status']} ({row['reason']})"
    return f"{row['proxy']}\t{value}\t{row['seconds']:.3f} s\t{row['architecture']}"


def check_proxy(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A proxy; see `zsbench list proxies`.")],
    imports: options.Imports = None,
    device: options.Device = "auto",
) -> None:
    """Check that a proxy keeps the contract: reproducible, finite, uses only what it declares."""
    options.load_imports(imports)
    resolved = options.device(device)
    failed = 0
    job = ContractJob(options.one_proxy(name, "check-proxy: name one proxy", "check-proxy"), resolved)
    with open_executor(1, 1, imports or (), device=resolved) as executor:
        for check in executor.submit(run_job, job).result():
            failed += not check.passed
            print(f"{'ok' if check.passed else 'FAILED':8}{check.name}{': ' + check.detail if check.detail else ''}")
    if failed:
        say(f"{name}: {failed} {'check' if failed == 1 else 'checks'} failed")
        raise typer.Exit(1)
