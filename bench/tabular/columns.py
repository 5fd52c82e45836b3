"""What a column of somebody's table is, by its name."""

import re
from collections.abc import Iterable

from ... import proxies

# Names without case, blanks and punctuation.
ARCHITECTURE = (
    *("architecture", "arch", "archstr", "archstring", "architecturestr", "architecturestring", "architecturetext"),
    *("cell", "cellstr", "cellstring", "genotype", "structure", "structurestr", "network", "net"),
)
INDEX = ("index", "archindex", "archid", "architectureindex", "cellindex")
DATASET = ("dataset", "datasetname")
PROXY = ("proxy", "proxyname", "predictor")

ACCURACY = {"acc", "accuracy", "accuracies", "top1", "top5"}
DATASETS = re.compile(r"cifar\d*|imagenet\d*|in16|svhn|f?mnist|tinyimagenet|digits")
# Words of names that are no accuracy, whatever else the name says…
OTHER = {
    *("std", "stdev", "stderr", "var", "variance", "sem", "rank", "loss", "losses", "error", "err", "errors"),
    *(
        "latency",
        "latencies",
        "throughput",
        "fps",
        "energy",
        "power",
        "joule",
        "joules",
        "watt",
        "watts",
        "memory",
        "mem",
        "cost",
    ),
    *("time", "times", "second", "seconds", "sec", "secs", "ms", "ns", "us", "hours", "date"),
    *("params", "param", "parameters", "macs", "mac", "madds", "flops", "flop"),
}
# … and of names that are none unless they say so: `accuracy_seed_0` is one.
VAGUE = {
    *(
        "index",
        "idx",
        "id",
        "isomorphism",
        "class",
        "classes",
        "count",
        "number",
        "n",
        "size",
        "seed",
        "seeds",
        "repeats",
        "epoch",
        "epochs",
    ),
    *("depth", "layers", "width", "channels", "nodes", "edges", "resolution", "score", "scores", "hash"),
}
HARDWARE = re.compile(
    r"\w*gpu|\w*tpu\w*|cpu|fpga|essential|raspi\d*|pixel\d*|samsung|titanx?p?|\d{4}ti|[avh]100|gold|silver|eyeriss|jetson|zcu\d+|vck\d+"
)
# Columns that tables often have, and that nobody takes for accuracies: it need not be said that they are passed over.
USUAL = {"index", "id", "isomorphismclass", "params", "macs", "flops", "std", "seed", "epochs", "nseeds"}
# What one architecture may have several rows of, which no mean should mix.
CONDITIONS = ("epochs", "epoch", "hp", "recipe", "split", "subset", "metric", "resolution", "budget")


def plain(name: object) -> str:
    """A name without case, blanks and punctuation."""
    return re.sub(r"[\W_]+", "", str(name).lower())


def find(names: Iterable[str], wanted: Iterable[str]) -> str | None:
    """The first of the wanted columns that a table has, as the table writes its name."""
    there: dict[str, str] = {}
    for name in names:
        there.setdefault(plain(name), name)
    return next((there[name] for name in wanted if name in there), None)


def says_accuracy(name: str) -> bool:
    """Whether a name says that the column holds accuracies, or names a data set that is known."""
    return not says_other(name) and any(word in ACCURACY or DATASETS.fullmatch(word) for word in _words(name))


def says_other(name: str) -> bool:
    """Whether a name says that the column holds something else than accuracies."""
    words = _words(name)
    if OTHER.intersection(words) or name in proxies.names():
        return True
    if ACCURACY.intersection(words) or DATASETS.fullmatch(words[0] if words else ""):
        return False
    return bool(VAGUE.intersection(words)) or any(HARDWARE.fullmatch(word) for word in words)


def _words(name: str) -> list[str]:
    return re.findall(r"[^\W_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())
