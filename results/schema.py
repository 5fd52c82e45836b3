"""The tables of a study's store, as literal definitions: the only place where a column is named and typed.

A column's kind is one of `text`, `integer`, `real`, `flag` (true or false) and `json` (a mapping or a list kept as JSON
text). Key columns and flags are never missing; every other column may be.
"""

from collections.abc import Mapping
from dataclasses import dataclass

VERSION = 8  # SQLite's user_version; raise it whenever TABLES changes

SCORE_STATUSES = ("ok", "error", "nan", "inf", "timeout", "memory")
SEARCH_STATUSES = ("done", "exhausted")

# Parts of a sample: "random" tells of the whole space, "top" was drawn from the final populations of the searches.
STRATA = ("random", "top")

SQL_TYPES = {"text": "TEXT", "integer": "INTEGER", "real": "REAL", "flag": "INTEGER", "json": "TEXT"}
DTYPES = {"text": "object", "integer": "Int64", "real": "float64", "flag": "bool", "json": "object"}


@dataclass(frozen=True)
class Table:
    """One table: column name to kind, the columns that identify a row, and SQL conditions every row meets."""

    columns: Mapping[str, str]
    key: tuple[str, ...]
    checks: tuple[str, ...] = ()

    def required(self, column: str) -> bool:
        """Whether `column` may not be missing."""
        return column in self.key or self.columns[column] == "flag"

    def dtype(self, column: str) -> str:
        """Pandas dtype of `column`: integers are nullable (`Int64`) only where they may be missing."""
        kind = self.columns[column]
        return "int64" if kind == "integer" and self.required(column) else DTYPES[kind]


def _one_of(values: tuple[str, ...], column: str = "status") -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


# The columns that identify a search: in its own table, and in those of its curve and its final population.
SEARCH_KEY = {"proxy": "text", "protocol": "text", "space": "text", "strategy": "text", "seed": "integer"}

TABLES: dict[str, Table] = {
    "proxies": Table(
        columns={
            "proxy": "text",
            "higher_is_better": "flag",
            "deterministic": "flag",
            "relative": "text",  # how components are ranked within a set; missing where a score is one number
            "summary": "text",
        },
        key=("proxy",),
    ),
    "scores": Table(
        columns={
            "proxy": "text",
            "protocol": "text",
            "space": "text",
            "architecture": "text",
            "seed": "integer",
            "value": "real",
            "components": "json",  # a list: what a relative proxy has in place of a value
            "status": "text",
            "reason": "text",
            "seconds": "real",
            "params": "integer",
            "macs": "integer",
            "layers": "integer",
            "resolution": "integer",
            "batch_size": "integer",
            "num_classes": "integer",
            "device": "text",
            "data": "text",
            "version": "text",  # of the proxy's code; missing in rows of earlier versions of zsbench
        },
        # The architecture first: keys that differ early are found faster, and most rows are told apart by it.
        key=(
            "architecture",
            "proxy",
            "protocol",
            "space",
            "seed",
            "resolution",
            "batch_size",
            "num_classes",
            "data",
            "device",
        ),
        checks=(_one_of(SCORE_STATUSES), "(status = 'ok') = (value IS NOT NULL OR components IS NOT NULL)"),
    ),
    "searches": Table(
        columns={
            **SEARCH_KEY,
            "score_seed": "integer",  # under which its candidates were scored
            "status": "text",
            "reason": "text",
            "winner": "text",
            "value": "real",
            "params": "integer",
            "macs": "integer",
            "layers": "integer",
            "latency_ms": "real",  # milliseconds per image, as predicted; missing where the budget has no limit for it
            "blocks": "json",  # the winner's super-blocks, a list of mappings; missing where it has none
            "evaluations": "integer",
            "proposals": "integer",
            "duplicates": "integer",
            "rejected": "json",
            "statuses": "json",
            "population": "integer",
            "lag": "integer",
            "seconds": "real",
            "device": "text",
        },
        key=tuple(SEARCH_KEY),
        checks=(_one_of(SEARCH_STATUSES),),
    ),
    "curves": Table(
        columns={
            **SEARCH_KEY,
            "evaluation": "integer",
            "value": "real",
            "architecture": "text",
            "seconds": "real",  # what one worker would have needed for all evaluations up to this one
        },
        key=(*SEARCH_KEY, "evaluation"),
    ),
    # The population in which a search ended, the best first.
    "members": Table(
        columns={
            **SEARCH_KEY,
            "place": "integer",  # from 0
            "architecture": "text",
            "value": "real",  # missing for a relative proxy, whose ranks mean nothing outside the search
        },
        key=(*SEARCH_KEY, "place"),
    ),
    # What a budget limits, measured on the built network, beside what the search believed.
    "measurements": Table(
        columns={
            "architecture": "text",
            "quantity": "text",  # "macs", or "latency_ms" of one image
            "predicted": "real",
            "measured": "real",  # the median of the repeats
            "spread": "real",  # their interquartile range
            "drift": "real",  # how much slower the machine was than when the predictor was made; missing where unknown
            "repeats": "integer",
            "role": "text",  # "winner", or "sample": a random network, to tell the predictor's error
            "resolution": "integer",
            "batch_size": "integer",
            "precision": "text",
            "device": "text",
            "seconds": "real",
            "status": "text",
            "reason": "text",
        },
        key=("architecture", "quantity", "role", "resolution", "batch_size", "precision", "device"),
        checks=("status IS NOT NULL",),
    ),
    "samples": Table(
        columns={
            "architecture": "text",
            "stratum": "text",
            "seed": "integer",  # the first of the seeds of its scores
            "params": "integer",
            "macs": "integer",
            "layers": "integer",
        },
        key=("architecture", "stratum"),
        checks=(_one_of(STRATA, "stratum"),),
    ),
    "trainings": Table(
        columns={
            "architecture": "text",
            "dataset": "text",
            "resolution": "integer",
            "train_images": "integer",
            "recipe": "text",
            "epochs": "integer",
            "seed": "integer",
            "accuracy": "real",
            "seconds": "real",
            "params": "integer",
            "macs": "integer",
            "status": "text",
            "source": "text",
            "reason": "text",
            "device": "text",
            "precision": "text",
            "images_per_second": "real",
        },
        key=("architecture", "dataset", "resolution", "train_images", "recipe", "epochs", "seed", "source"),
        checks=("status IS NOT NULL",),
    ),
    "epochs": Table(
        columns={
            "architecture": "text",
            "dataset": "text",
            "resolution": "integer",
            "train_images": "integer",
            "recipe": "text",
            "epochs": "integer",
            "seed": "integer",
            "epoch": "integer",
            "loss": "real",
            "accuracy": "real",
            "learning_rate": "real",
            "seconds": "real",
        },
        key=("architecture", "dataset", "resolution", "train_images", "recipe", "epochs", "seed", "epoch"),
    ),
    "settings": Table(columns={"key": "text", "value": "text"}, key=("key",)),
}

# Tables whose rows are details of another's: they name its row by the key columns that both have.
PARENTS = {"curves": "searches", "members": "searches", "epochs": "trainings"}
# Tables whose rows stand in an order that means something; the rows of others were added as they were measured.
LISTED = ("proxies", "samples", "settings")


def create_statement(name: str) -> str:
    """SQL that creates table `name`."""
    table = TABLES[name]
    parts = [
        f'"{column}" {SQL_TYPES[kind]}{" NOT NULL" if table.required(column) else ""}'
        for column, kind in table.columns.items()
    ]
    parts.append("PRIMARY KEY ({})".format(", ".join(f'"{column}"' for column in table.key)))
    parts.extend(f"CHECK ({condition})" for condition in table.checks)
    return f'CREATE TABLE "{name}" ({", ".join(parts)})'


def insert_statement(name: str) -> str:
    """SQL that adds a row to table `name` from the values of its columns, or does nothing where its key exists.

    `ON CONFLICT DO NOTHING`, not `INSERT OR IGNORE`: the latter would also swallow a row that breaks a constraint.
    """
    columns = TABLES[name].columns
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join("?" for _ in columns)
    return f'INSERT INTO "{name}" ({names}) VALUES ({values}) ON CONFLICT DO NOTHING'
