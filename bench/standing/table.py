"""A table on which proxies are ranked: its networks, the stored scores of other proxies, and their settings."""

import json
from dataclasses import dataclass, replace
from random import Random

import numpy as np
import pandas as pd

from ... import proxies, space
from ...results import Trained, facts
from ..errors import UsageError
from ..jobs import Setting
from ..messages import say
from ..rows import Row
from ..tabular import trained
from ..tabular.tables import read_table

LIMIT = 120.0  # seconds for one score
CONDITIONS = ["protocol", "resolution", "batch_size", "num_classes", "data"]


@dataclass(frozen=True)
class RankingTable:
    """The networks of a table in a random order, and the settings under which they are scored."""

    name: str
    space: str
    trained: Trained
    default: Setting  # of a proxy that has no stored scores
    seeds: tuple[int, ...]
    order: tuple[str, ...]  # a seeded random order, so that the first ones are a random sample of the table

    def settings(self, name: str, device: str, data_root: str | None) -> list[Setting]:
        """The settings under which a proxy is scored, one for each seed. If it has stored scores, theirs are used."""
        entry = proxies.get(name)
        stored = self.trained.scores[self.trained.scores["proxy"] == name]
        setting = replace(self.default, device=device, data_root=data_root)
        seeds = self.seeds[:1] if entry.deterministic else self.seeds
        if len(stored):
            found = stored[CONDITIONS].value_counts().index[0]
            usual = [one.item() if isinstance(one, np.generic) else one for one in found]  # a store takes plain values
            setting = replace(setting, **dict(zip(CONDITIONS, usual, strict=True)))
            seeds = tuple(sorted(stored["seed"].unique()))
        if setting.data != "noise" and (entry.needs in ("architecture", "network") or not entry.takes_images):
            setting = replace(setting, data="noise")  # it sees no images, so nobody needs them
        if setting.data != "noise" and data_root is None:
            if len(stored):
                raise UsageError(f"{name}: its scores in {self.name} are of images of {setting.data}; give --data-root")
            say(f"{self.name}: its scores are of images of {setting.data}; without --data-root {name} sees noise")
            setting = replace(setting, data="noise")
        setting.check_images(name)
        return [replace(setting, seed=int(seed)) for seed in seeds]


def load(name: str, accuracies: str | None = None, seed: int = 0) -> RankingTable:
    """Load the table of this name, with the accuracies of a file if given; raise UsageError if there are none."""
    table = trained.find(name)
    within = space.get(table.space)
    with table.open() as store:
        held = Trained.of(store)
    if accuracies is not None:
        held = held.with_accuracies(_by_canonical(read_table(accuracies, within), within, held))
    if held.accuracies.empty:
        raise UsageError(f"table {name}: it holds scores only; give its accuracies with --table FILE (docs/tables.md)")
    known = table.facts.get(facts.SCORE) or {}
    default = Setting(
        space=table.space,
        seed=0,
        protocol=known.get("protocol", "published"),
        resolution=known.get("resolution", within.resolution),
        batch_size=known.get("batch_size", 64),
        num_classes=int(held.scores["num_classes"].mode().iloc[0]),
        data=known.get("data", "noise"),
        device="cpu",
        limit=LIMIT,
    )
    texts = sorted(set(held.samples["architecture"]) & set(held.accuracies["architecture"]))
    Random(seed).shuffle(texts)
    return RankingTable(name, table.space, held, default, tuple(known.get("seeds", [0])), tuple(texts))


def _by_canonical(accuracies: pd.DataFrame, within: space.Space, held: Trained) -> pd.DataFrame:
    """Rename networks as the table spells them; average the accuracies of spellings that mean one network."""
    if set(held.samples["architecture"]) <= set(accuracies["architecture"]):
        return accuracies
    keys = {within.key(within.parse(text)): text for text in held.samples["architecture"]}
    texts = {text: keys.get(within.key(within.parse(text))) for text in accuracies["architecture"].unique()}
    named = accuracies.assign(architecture=accuracies["architecture"].map(texts)).dropna(subset="architecture")
    return named.groupby(["architecture", "dataset"], as_index=False, sort=False)["accuracy"].mean()


def as_frames(name: str, rows: list[Row]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make two frames as a store holds them: the score rows of a proxy, and its row of the table `proxies`."""
    frame = pd.DataFrame(rows)
    frame["components"] = [None if one is None else json.dumps(list(one)) for one in frame["components"]]
    return frame, pd.DataFrame([about(name)])


def about(name: str) -> Row:
    """Make the row of a proxy for the table `proxies`."""
    entry = proxies.get(name)
    return {
        "proxy": entry.name,
        "higher_is_better": entry.higher_is_better,
        "deterministic": entry.deterministic,
        "relative": entry.relative,
        "summary": entry.summary,
    }
