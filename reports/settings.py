"""The settings of a study, as sentences made of its facts."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..results import Store, facts

LIMITS = {"params": "params", "macs": "MACs", "layers": "layers", "effectiveness": "effectiveness"}


def environment(known: Mapping[str, Any]) -> dict[str, str]:
    """The facts about the machine, by name."""
    start = facts.ENVIRONMENT
    return {key.removeprefix(start): str(value) for key, value in known.items() if key.startswith(start)}


def sentences(known: Mapping[str, Any], samples: Mapping[str, int]) -> dict[str, str]:
    """What a study says about itself, without its machine; `samples` counts its architectures by stratum.

    A fact that is a text already is shown as it is: studies of an earlier version kept sentences.
    """
    makers: dict[str, Callable[[Any], str]] = {
        facts.BUDGET: _budget,
        facts.SEARCH: _search,
        facts.SCORE: _score,
        facts.SAMPLE: lambda value: _sample(value, samples),
        facts.TRAINING: _training,
        facts.TRAINING_SEEDS: _listed,
    }
    return {
        key: _told(value, makers.get(key, str)) for key, value in known.items() if not key.startswith(facts.ENVIRONMENT)
    }


def _told(value: Any, make: Callable[[Any], str]) -> str:
    """The sentence of a fact; one without what its sentence needs, as of a damaged file, is shown as it is."""
    if isinstance(value, str):
        return value
    if value is None:
        return "none"
    try:
        return make(value)
    except (KeyError, TypeError, AttributeError, ValueError):
        return str(value)


def accuracy_source(store: Store, known: Mapping[str, Any]) -> str | None:
    """`facts.TRAINED` or `facts.LOOKED_UP`: where the accuracies of a study come from; None where it has none.

    The rows decide where the study keeps no such fact: one of an earlier version kept a sentence.
    """
    if facts.TRAINING in known and not isinstance(known[facts.TRAINING], str):
        fact = known[facts.TRAINING]
        if fact is None:
            return None
        if isinstance(fact, dict) and "source" in fact:
            return fact["source"]
    sources = set(store.trainings()["source"])
    if sources:
        return facts.TRAINED if facts.TRAINED in sources else facts.LOOKED_UP
    search_alone = bool(len(store.searches())) and store.samples().empty  # a study draws its sample first of all
    return None if search_alone else facts.TRAINED


def _budget(limits: Mapping[str, float]) -> str:
    texts = [f"{name} ≤ {limits[key]:,}" for key, name in LIMITS.items() if key in limits]
    if "latency_ms" in limits:
        texts.append(f"latency ≤ {limits['latency_ms']:g} ms per image")
    return ", ".join(texts) or "none"


def _search(search: Mapping[str, Any]) -> str:
    seeds = _listed(search["seeds"])
    size = f"{search['evaluations']} evaluations, population {search['population']}"
    return f"{_listed(search['strategies'])}, {size}, seeds {seeds}"


def _score(score: Mapping[str, Any]) -> str:
    first, last = score["seeds"][0], score["seeds"][-1]
    seeds = f"seed {first}" if first == last else f"seeds {first} to {last}"
    size = f"{score['resolution']} px, batch {score['batch_size']}"
    parts = [f"{score['protocol']} protocol, {size}, {score['data']}, {seeds}"]
    for proxy, own in score["overrides"].items():
        parts.append(f"{proxy}: {', '.join(f'{name} {value}' for name, value in own.items())}")
    return "; ".join(parts)


def _sample(sample: Mapping[str, Any], samples: Mapping[str, int]) -> str:
    count = samples.get("random", 0)
    if not count:
        return "none"
    ways = {
        facts.ALL: f"all {count} distinct architectures of the space within the budget",
        facts.GIVEN: f"{count} given architectures",
        facts.UNIFORM: f"{count} distinct architectures, drawn uniformly, seed {sample['seed']}",
        facts.WALKS: f"{count} by independent random walks, spread over size and depth, seed {sample['seed']}",
    }
    parts = [ways[sample["drawn"]]]
    if sample["top"]:
        parts.append(f"{sample['top']} of the final populations of the searches")
    if sample["replicates"]:
        parts.append(f"{sample['replicates']} trained under two more seeds")
    return "; ".join(parts)


def _training(training: Mapping[str, Any]) -> str:
    datasets = _listed(training["datasets"])
    if training["source"] == facts.LOOKED_UP:
        return f"none: the accuracies on {datasets} are looked up in a table"
    seeds = _listed(training["seeds"])
    return f"{training['recipe']} recipe, {training['epochs']} epochs, {datasets}, seeds {seeds}"


def _listed(values: Sequence[object]) -> str:
    return ", ".join(map(str, values))
