"""The searches' winners as rows of a table."""

from typing import Any

from ...results import Store, convergence, winners
from ..legend import floored
from ..table import seconds
from ..text import DASH, amount, missing, plain
from .grid import Entry

SEARCH = ["proxy", "strategy", "seed"]


def winner_rows(store: Store, labels: dict[str, str], datasets: list[str]) -> list[dict[str, Any]]:
    """One entry per search: what the page prints of its winner, or why there is none."""
    standing = convergence(store)[[*SEARCH, "score_percentile"]]
    return [
        {
            "key": tuple(record[name] for name in SEARCH),
            "label": labels[record["proxy"]],
            "strategy": record["strategy"],
            "seed": record["seed"],
            "value": _entry(record["value"], "{:.5g}"),
            "percentile": Entry(
                DASH if missing(record["score_percentile"]) else f"{floored(record['score_percentile'])} %",
                None if missing(record["score_percentile"]) else record["score_percentile"],
            ),
            "params": Entry(amount(record["params"]), _present(record["params"])),
            "macs": Entry(amount(record["macs"]), _present(record["macs"])),
            "layers": Entry(plain(record["layers"]), _present(record["layers"])),
            "seconds": Entry(seconds(record["seconds"]), _present(record["seconds"])),
            "accuracies": [_entry(record[name], "{:.2f}") for name in datasets],
            "structure": None if missing(record["winner"]) else record["winner"],
            "reason": f"{record['status']}: {record['reason'] or 'no winner'}",
        }
        for record in winners(store).merge(standing, on=SEARCH).to_dict("records")
    ]


def _entry(value: Any, form: str) -> Entry:
    return Entry(DASH if missing(value) else form.format(value), _present(value))


def _present(value: Any) -> float | None:
    return None if missing(value) else float(value)
