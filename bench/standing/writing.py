"""Write the folder of a ranking: page, text, JSON, frames and figures."""

import json
from collections.abc import Sequence
from pathlib import Path

from ... import reports
from ...results.files import replace
from ..files import write_whole
from .ranking import Ranked


def write_verdicts(folder: Path, ranked: Sequence[Ranked]) -> Path:
    """Write everything about the verdicts on one proxy; return the path of the page.

    `index.html`, `verdict.txt`, `verdict.json` (one object for each table and data set), and for each of these
    `ladder_T_D.csv` and the figures `scatter_T_D`, `ladder_T_D` and `cost_T_D` as PNG and SVG; `scores_T.csv`.
    """
    (folder / "plots").mkdir(parents=True, exist_ok=True)
    verdicts = [(found, one.ended) for one in ranked for found in one.verdicts]
    page = folder / "index.html"
    write_whole(page, reports.verdict_page([found for found, _ in verdicts], verdicts[0][1]))
    write_whole(folder / "verdict.txt", "\n".join(reports.verdict_text(found, ended) for found, ended in verdicts))
    write_whole(folder / "verdict.json", "".join(json.dumps(found.row()) + "\n" for found, _ in verdicts))
    for found, _ in verdicts:
        stem = f"{found.table}_{found.dataset}"
        write_whole(folder / f"ladder_{stem}.csv", found.ladder.to_csv(index=False))
        for name, files in reports.verdict_figures(found).items():
            for kind, content in files.items():
                replace(folder / "plots" / f"{name}_{stem}.{kind}", content)
    for one in ranked:
        found = one.verdicts[0]
        mine = one.trained.scores[one.trained.scores["proxy"] == found.proxy]
        write_whole(folder / f"scores_{found.table}.csv", mine.to_csv(index=False))
    return page
