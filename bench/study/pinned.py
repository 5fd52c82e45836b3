"""A study's own copy of its latency table: a study that goes on predicts what it began with."""

import json
from dataclasses import asdict
from typing import NamedTuple

from ... import space
from ...space import SuperBlockSpace
from ..errors import UsageError
from ..files import file_digest, write_whole
from ..latency.table import Setting, dumps, table
from ..latency.timing import Reference
from .folder import LATENCY_COPY, StudyFolder

PIN = "environment.latency_sha256"  # the setting that tells a study's copy of a table from another


class Pinned(NamedTuple):
    """What a study predicts latency with, and what tells how fast the machine was when that was measured."""

    predictor: space.LatencyTable
    reference: Reference


def pinned(folder: StudyFolder, within: SuperBlockSpace, wanted: Setting, device: str) -> Pinned:
    """The predictor of a study: its own copy of the table, so that a study that goes on predicts what it began with.

    UsageError where the copy is damaged or not what the study began with, or was measured in another setting than now.
    """
    path = folder.path / LATENCY_COPY
    if not path.exists():
        write_whole(path, dumps(table(within, wanted, device)))
    try:
        data = json.loads(path.read_text())
        measured, now = data["setting"], asdict(wanted)
        found = Pinned(space.LatencyTable(data), Reference(wanted.start, float(data["reference_ms"])))
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(
            f"{path}: the file is damaged ({error}); remove it, and the table is taken from the cache again"
        ) from None
    folder.pin(PIN, file_digest(path), str(path))
    for name in now:
        if measured.get(name) != now[name]:
            was = f"{path}: measured with {name} {measured.get(name)!r}, not {now[name]!r}"
            raise UsageError(f"{was}: continue on the machine that measured it, or choose another --out")
    return found
