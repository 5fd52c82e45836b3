"""A study's own copy of its latency table, so that a resumed study predicts as it began."""

import json
from dataclasses import asdict
from typing import NamedTuple

from ... import space
from ...space import SuperBlockSpace
from ..errors import UsageError
from ..files import file_digest, write_whole
from ..latency.table import LatencySetting, dumps, load_or_measure
from ..latency.timing import Reference
from .folder import LATENCY_COPY, StudyFolder

LATENCY_DIGEST = "environment.latency_sha256"  # the setting that holds the digest of the study's copy


class PinnedPredictor(NamedTuple):
    """What a study predicts latency with, and a reference for how fast the machine was when that was measured."""

    predictor: space.LatencyTable
    reference: Reference


def load_predictor(
    folder: StudyFolder, within: SuperBlockSpace, wanted: LatencySetting, device: str
) -> PinnedPredictor:
    """Load the predictor of a study from its own copy of the table; the first time, make the copy.

    Raises UsageError if the copy is damaged, if it is not the one that the study began with, or if it was measured in
    another setting than the present one.
    """
    path = folder.path / LATENCY_COPY
    if not path.exists():
        write_whole(path, dumps(load_or_measure(within, wanted, device)))
    try:
        data = json.loads(path.read_text("utf-8"))
        measured, now = data["setting"], asdict(wanted)
        found = PinnedPredictor(space.LatencyTable(data), Reference(wanted.start, float(data["reference_ms"])))
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(
            f"{path}: the file is damaged ({error}); remove it, and the table is taken from the cache again"
        ) from None
    folder.pin(LATENCY_DIGEST, file_digest(path), str(path))
    for name in now:
        if measured.get(name) != now[name]:
            was = f"{path}: measured with {name} {measured.get(name)!r}, not {now[name]!r}"
            raise UsageError(f"{was}: continue on the machine that measured it, or choose another --out")
    return found
