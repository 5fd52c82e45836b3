"""`make-table`: a table of trained networks from a study's rows, to ship or to share."""

import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from ...results import Store, facts, open_study, write_rows
from ..errors import UsageError
from ..messages import say
from ..study.description import configured
from . import options
from .study import study_of

LARGE = 100_000  # bytes; a table is installed with the package, so it is kept small
ABOUT = (facts.DESCRIPTION, facts.SPACE, facts.BUDGET, facts.SAMPLE, facts.TRAINING, facts.TRAINING_SEEDS)
HIDDEN = (f"{facts.ENVIRONMENT}command", f"{facts.ENVIRONMENT}source.", f"{facts.ENVIRONMENT}table_sha256")


def make_table(
    study: Annotated[Path, typer.Argument(metavar="DIR", help="A study: its sampled networks and their trainings.")],
    out: Annotated[Path, typer.Option("--out", help="The table's folder; its name is the table's.")],
    scores: Annotated[
        Path | None, typer.Option("--scores", help="A study that has scored these networks; default: DIR itself.")
    ] = None,
    imports: options.Imports = None,
) -> None:
    """Make a table of trained networks from the rows of a study.

    It holds samples, trainings and scores, and says how they were made. Winners of searches are left out, since a score
    chose them, and so is what tells of folders of this machine. A table in bench/tabular/shipped ships: see
    `zsbench list tables`.
    """
    options.load_imports(imports)
    if out.exists() and any(out.glob("*.csv*")):
        raise UsageError(f"--out {out}: it holds a table already; choose another name, or remove it")
    source = study if scores is None else scores
    with (
        open_study(study) as trained,
        open_study(source) as scored,
        tempfile.TemporaryDirectory(prefix="zsbench-") as place,
        Store(Path(place) / "table.sqlite") as table,
    ):
        texts = set(trained.samples()["architecture"])
        if not texts:
            raise UsageError(f"{study}: the study has no sample")
        whole = _whole(scored, texts)
        if not whole:
            raise UsageError(f"{source}: no proxy has scored all {len(texts):,} sampled networks")
        with table.filling() as add:
            for name in ("proxies", "samples", "trainings", "scores"):
                held = scored if name in ("proxies", "scores") else trained
                for row in held.each_row(name):
                    if name in ("proxies", "scores") and row["proxy"] not in whole:
                        continue
                    if name in ("trainings", "scores") and row["architecture"] not in texts:
                        continue
                    add(name, row)
        facts.write(table, _facts(study, source, trained, out.name))
        write_rows(table, out, LARGE)
    say(f"{out}: {len(texts):,} networks, scored by {len(whole)} proxies")


def _whole(store: Store, texts: set[str]) -> set[str]:
    """The proxies that have scored every network; the others are told."""
    rows = store.scores()
    tried = rows[rows["architecture"].isin(texts)].groupby("proxy")["architecture"].nunique()
    for name, count in tried.items():
        if count < len(texts):
            say(f"{name}: left out, it has scored {count:,} of {len(texts):,} networks")
    return {str(name) for name, count in tried.items() if count == len(texts)}


def _facts(study: Path, source: Path, trained: Store, name: str) -> dict[str, Any]:
    """What the table says about itself: how its networks were drawn, trained and scored, and on which machine."""
    kept = {**configured(study_of(study), None), **facts.read(trained)}
    environment = {
        key: value for key, value in kept.items() if key.startswith(facts.ENVIRONMENT) and not key.startswith(HIDDEN)
    }
    score = configured(study_of(source), None)[facts.SCORE]
    about = {key: kept[key] for key in ABOUT if kept.get(key) is not None}
    return {facts.NAME: name, **about, facts.SCORE: score, **environment}
