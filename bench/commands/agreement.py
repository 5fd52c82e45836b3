"""`agreement`: how well a short recipe ranks architectures, compared with a long one."""

import json
import math
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from ... import results
from ..errors import UsageError
from . import options


def agreement(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Folders of studies, or of `zsbench train`.")],
    as_json: options.Json = False,
) -> None:
    """Compare training recipes: how far do they agree on which architecture is better?

    Two recipes are compared over the architectures that were trained with both.
    """
    frames = []
    for folder in folders:
        with results.open_study(folder) as store:
            frames.append(store.trainings())
    found = results.agreement(pd.concat(frames).drop_duplicates())
    if found.empty:
        raise UsageError(
            "agreement: no data set was trained on in two ways, with another recipe, number of epochs, resolution or "
            "number of images; add the folder of another training"
        )
    for row in found.to_dict(orient="records"):
        print(json.dumps({name: _plain(value) for name, value in row.items()}) if as_json else _line(row))


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def _line(row: dict[Any, Any]) -> str:
    if not row["n"]:
        return f"{row['dataset']}: {row['cheaper']} against {row['dearer']}: no architecture was trained both ways"
    tau, rho = (f"{row[name]:.2f} [{row[f'{name}_low']:.2f}, {row[f'{name}_high']:.2f}]" for name in ("tau", "rho"))
    pair = f"{row['cheaper']} ({row['seconds_cheaper']:.1f} s) against {row['dearer']} ({row['seconds_dearer']:.1f} s)"
    return f"{row['dataset']}: {pair}: tau {tau}, rho {rho}, n {row['n']}"
