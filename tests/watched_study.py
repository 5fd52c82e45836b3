"""A made-up study that says what it wants, for the tests of how far it has come."""

from pathlib import Path

from synthetic_study import build
from zsbench.results import Store, facts

NAMES = ("zen", "te_nas_zen", "random")
FACTS = {
    facts.NAME: "made up",
    facts.SEARCH: {"strategies": ["evolution"], "evaluations": 1000, "population": 256, "seeds": [0, 1]},
    facts.SCORE: {"seeds": [0]},
    facts.SAMPLE: {"drawn": facts.WALKS, "seed": 0, "top": 0, "replicates": 4},
    facts.TRAINING: {"source": facts.TRAINED, "datasets": ["cifar10"], "seeds": [0]},
}


def study(path: Path, **more: object) -> Store:
    store = build(path, NAMES, ["cifar10"], samples=12, **more)
    facts.write(store, FACTS)
    return store
