"""The paragraph "Methods" of a paper, made from the facts of a study, in LaTeX and in Markdown."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ..results import Store, facts
from ..results.resampling import RESAMPLES
from . import escaping
from .bibliography import KEY, authors_and_year, entries
from .escaping import shorten
from .names import citations, dataset_label, proxy_label
from .settings import environment, sentences
from .typeset import breakable

LONGEST = 60  # characters of a name; of a text of the study, ten times that
LIMITS = {
    "params": "{:,} parameters",
    "macs": "{:,} multiply-adds",
    "layers": "{:,} convolutions",
    "effectiveness": "an effectiveness of {:g}",
    "latency_ms": "a predicted latency of {:g} ms per image",
}
STRATEGIES = {
    "evolution": "steady-state evolution",
    "regularized": "aging evolution",
    "random": "random search",
    "local": "hill climbing with restarts",
}
PROTOCOLS = {
    "published": "under the published protocol (each proxy with the initialisation and shortcuts of its source)",
    "uniform": "under the uniform protocol (all proxies with one initialisation and kept shortcuts)",
}
PACKAGES = {"python": "Python", "torch": "PyTorch", "numpy": "NumPy", "scipy": "SciPy"}
RECIPE = "recipe_sha256"


class Cited(NamedTuple):
    """A name with the keys of its papers."""

    name: str
    keys: tuple[str, ...]


Piece = str | Cited  # a text that is not escaped yet, or a name with its papers
Sentence = list[Piece]


def methods(store: Store) -> list[Sentence]:
    """The sentences: proxies, search, scores, sample and training, statistics, software and hardware."""
    known = facts.read(store)
    told = sentences(known, {str(name): int(n) for name, n in store.samples()["stratum"].value_counts().items()})
    proxies = store.proxies()["proxy"].tolist()
    found = [_compared(proxies)]
    makers = {
        facts.SEARCH: lambda: _search(known, told),
        facts.SCORE: lambda: _scores(known[facts.SCORE]),
        facts.SAMPLE: lambda: _sample(told),
        facts.TRAINING: lambda: _training(known),
    }
    for key, make in makers.items():
        if known.get(key) is None:
            continue
        try:
            if isinstance(known[key], str):
                raise TypeError  # a study of an earlier version kept a sentence
            found.append(make())
        except (KeyError, TypeError, AttributeError, ValueError):
            found.append([f"{key.capitalize()}: {told[key]}."])
    return [*found, *_statistics(store), _ran(known)]


def methods_latex(store: Store) -> str:
    """The paragraph in LaTeX; its citations are in `refs.bib`."""
    known = entries()

    def told(piece: Piece) -> str:
        if isinstance(piece, str):
            return breakable(piece, 10 * LONGEST)
        keys = ",".join(key for key in piece.keys if KEY.fullmatch(key) and key in known)
        return breakable(piece.name, LONGEST) + (rf"~\cite{{{keys}}}" if keys else "")

    text = "\n".join(_joined(sentence, told) for sentence in methods(store))
    # Citations and formulas may not break, so lines may be looser than usual.
    begin, end = r"\begingroup\emergencystretch=2em", r"\par\endgroup"
    return f"% Needs refs.bib, which lies beside this file.\n{begin}\n\\paragraph{{Methods.}}\n{text}\n{end}\n"


def methods_markdown(store: Store) -> str:
    """The paragraph in Markdown, papers by their authors and years."""
    known = entries()

    def told(piece: Piece) -> str:
        if isinstance(piece, str):
            return escaping.markdown(shorten(piece, 10 * LONGEST))
        papers = "; ".join(authors_and_year(known[key]) for key in piece.keys if key in known)
        return escaping.markdown(shorten(piece.name, LONGEST)) + (f" ({papers})" if papers else "")

    return "## Methods\n\n" + " ".join(_joined(sentence, told) for sentence in methods(store)) + "\n"


def _joined(sentence: Sentence, told: Callable[[Piece], str]) -> str:
    parts = []
    for piece in sentence:
        text = piece if isinstance(piece, str) else ""
        parts.append(" " * text.startswith(" ") + told(piece) + " " * (len(text) > 1 and text.endswith(" ")))
    return "".join(parts)


def _compared(proxies: Sequence[str]) -> Sentence:
    count = f"{len(proxies)} zero-shot proxies" if len(proxies) > 1 else "one zero-shot proxy"
    sentence: Sentence = [f"We compared {count} with zsbench: "]
    for place, name in enumerate(proxies):
        sentence += [", " if place < len(proxies) - 1 else " and "] if place else []
        sentence.append(Cited(proxy_label(name), citations(name)))
    return [*sentence, "."]


def _search(known: Mapping[str, Any], told: Mapping[str, str]) -> Sentence:
    search, limits = known[facts.SEARCH], known.get(facts.BUDGET)
    ways = _and([STRATEGIES.get(name, str(name)) for name in search["strategies"]])
    seeds = search["seeds"]
    within = told.get(facts.BUDGET, "none")
    if isinstance(limits, dict) and limits:
        within = _and([f"at most {LIMITS[name].format(limit)}" for name, limit in limits.items()])
    budget = "without a budget" if within == "none" else f"under a budget of {within}"
    return [
        f"Each proxy drove {ways} (population {search['population']}), which scored {search['evaluations']:,} distinct "
        f"architectures of the space {known[facts.SPACE]} {budget}, under {_seeds('search', seeds)}."
    ]


def _scores(score: Mapping[str, Any]) -> Sentence:
    side, data = score["resolution"], score["data"]
    images = "Gaussian noise" if data == "noise" else f"images of {dataset_label(data)}"
    sentence: Sentence = [
        f"Scores were computed {PROTOCOLS.get(score['protocol'], score['protocol'])}, on {images} of {side}×{side} "
        f"pixels in batches of {score['batch_size']} unless the proxy's definition fixes its own, under "
        f"{_seeds('score', score['seeds'])}"
    ]
    for place, (proxy, own) in enumerate(score["overrides"].items()):
        changed = _and([f"{name.replace('_', ' ')} {value}" for name, value in own.items()])
        sentence += ["; " if place else " (exceptions: ", Cited(proxy_label(proxy), ()), f": {changed}"]
    return [*sentence, ")." if score["overrides"] else "."]


def _sample(told: Mapping[str, str]) -> Sentence:
    return [f"Scores were compared with accuracies over a sample of the space: {told[facts.SAMPLE]}."]


def _training(known: Mapping[str, Any]) -> Sentence:
    training = known[facts.TRAINING]
    datasets = _and([dataset_label(name) for name in training["datasets"]])
    if training["source"] == facts.LOOKED_UP:
        return [f"Nothing was trained: accuracies on {datasets} are those of a table."]
    recipe = _recipe(training["recipe"], environment(known).get(RECIPE))
    return [
        f"The winner of every search and every sampled architecture were trained alike on {datasets} for "
        f"{training['epochs']:,} epochs with the recipe {training['recipe']}{recipe}, under "
        f"{_seeds('training', training['seeds'])}."
    ]


def _recipe(name: str, digest: str | None) -> str:
    """The hyper-parameters of a recipe, where that of this name is still the one that was followed."""
    from ..train import recipe  # imported here, as a page without a training needs no PyTorch

    try:
        found = recipe(name)
    except ValueError:  # a user's own
        return ""
    if digest != hashlib.sha256(json.dumps(found.hyper_parameters, sort_keys=True).encode()).hexdigest():
        return ""
    parts = [
        f"SGD, momentum {found.momentum:g}{', Nesterov' * found.nesterov}",
        f"batches of {found.batch_size}",
        f"learning rate {found.peak_lr:g} with {found.warmup_epochs:g} epochs of warm-up and cosine decay",
        f"weight decay {found.weight_decay:g}",
        f"label smoothing {found.label_smoothing:g}" * bool(found.label_smoothing),
        f"shifts by up to {100 * found.crop_padding:g} % of the side" * bool(found.crop_padding),
        "mirroring where the data set allows it" * found.flip,
        "AutoAugment" * bool(found.autoaugment),
        f"random erasing {found.erasing:g}" * bool(found.erasing),
        f"mixup {found.mixup:g}" * bool(found.mixup),
    ]
    return f" ({'; '.join(filter(None, parts))})"


def _statistics(store: Store) -> list[Sentence]:
    if store.trainings().empty:
        return []
    return [
        [
            "An accuracy is the mean over the search seeds with its 95 % Student t interval; methods were compared in "
            "all pairs at 5 % (Tukey and Kramer, or Games and Howell where spreads are unequal)."
        ],
        [
            "Rank agreement is Kendall's τ-b between score and accuracy, the mean over the score seeds, with a 95 % "
            f"percentile interval from {RESAMPLES:,} bootstrap resamples of the architectures."
        ],
    ]


def _ran(known: Mapping[str, Any]) -> Sentence:
    machine = environment(known)
    versions = [f"{title} {machine[name]}" for name, title in PACKAGES.items() if name in machine]
    revision = f" (revision {machine['revision']})" if machine.get("revision", "unknown") != "unknown" else ""
    device = machine.get("device", "an unnamed device")
    cores = f" with {machine['cores']} cores" if "cores" in machine else ""
    seconds = known.get(facts.WALL_SECONDS)
    took = f", in {_hours(float(seconds))} of wall time" if seconds is not None else ""
    software = _and([f"zsbench{revision}", *versions])
    return [f"The study ran on {device}{cores}, with {software}{took}."]


def _hours(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 120 else f"{seconds / 3600:.1f} hours"


def _seeds(what: str, seeds: Sequence[int]) -> str:
    """The seeds in words: "search seed 0", "search seeds 0, 1 and 2"."""
    return f"{what} seed{'s' * (len(seeds) > 1)} {_and([str(seed) for seed in seeds])}"


def _and(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)
