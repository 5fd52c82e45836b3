"""Sentences are made of facts, and where accuracies come from is decided by facts."""

from pathlib import Path

import pytest
import synthetic_study
from zsbench.reports.settings import accuracy_source, environment, sentences
from zsbench.results import Store, StoreError, facts, points

SCORE = {"protocol": "published", "resolution": 32, "batch_size": 64, "data": "noise", "overrides": {}}


@pytest.mark.parametrize(
    ("key", "fact", "sentence"),
    [
        (facts.BUDGET, {}, "none"),
        (facts.BUDGET, {"params": 1_000_000, "latency_ms": 0.5}, "params ≤ 1,000,000, latency ≤ 0.5 ms per image"),
        (facts.SEARCH, None, "none"),
        (
            facts.SEARCH,
            {"strategies": ["evolution", "random"], "evaluations": 24, "population": 12, "seeds": [0, 2]},
            "evolution, random, 24 evaluations, population 12, seeds 0, 2",
        ),
        (facts.SCORE, {**SCORE, "seeds": [3]}, "published protocol, 32 px, batch 64, noise, seed 3"),
        (
            facts.SCORE,
            {**SCORE, "seeds": [0, 1, 2], "overrides": {"zico": {"batch_size": 8, "data": "digits"}}},
            "published protocol, 32 px, batch 64, noise, seeds 0 to 2; zico: batch_size 8, data digits",
        ),
        (
            facts.SAMPLE,
            {"drawn": facts.UNIFORM, "seed": 1, "top": 3, "replicates": 2},
            "5 distinct architectures, drawn uniformly, seed 1; 3 of the final populations of the searches; "
            "2 trained under two more seeds",
        ),
        (
            facts.TRAINING,
            {"source": facts.TRAINED, "recipe": "fast", "epochs": 10, "datasets": ["digits"], "seeds": [0]},
            "fast recipe, 10 epochs, digits, seeds 0",
        ),
        (
            facts.TRAINING,
            {"source": facts.LOOKED_UP, "datasets": ["cifar10", "cifar100"]},
            "none: the accuracies on cifar10, cifar100 are looked up in a table",
        ),
        (facts.TRAINING, "a sentence of an earlier version", "a sentence of an earlier version"),
    ],
)
def test_sentences(key: str, fact: object, sentence: str) -> None:
    assert sentences({key: fact}, {"random": 5}) == {key: sentence}


def test_the_machine_is_told_apart() -> None:
    known = {"name": "quick", "environment.torch": "2.9"}
    assert (sentences(known, {}), environment(known)) == ({"name": "quick"}, {"torch": "2.9"})


def test_the_source_of_accuracies_is_a_fact_or_follows_from_the_rows(tmp_path: Path) -> None:
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen"], ["cifar10"], 6) as store:
        assert accuracy_source(store, {facts.TRAINING: None}) is None
        assert accuracy_source(store, {facts.TRAINING: {"source": facts.LOOKED_UP, "datasets": []}}) == facts.LOOKED_UP
        assert accuracy_source(store, {facts.TRAINING: "fast recipe, 10 epochs"}) == facts.TRAINED
    with Store(tmp_path / "empty.sqlite") as store:
        assert accuracy_source(store, {}) == facts.TRAINED


@pytest.mark.parametrize(("key", "fact"), [(facts.SEARCH, 3), (facts.SCORE, {}), (facts.BUDGET, [1])])
def test_a_damaged_fact_is_shown_as_it_is(tmp_path: Path, key: str, fact: object) -> None:
    assert sentences({key: fact}, {})[key] in (str(fact), "none")


def test_damaged_training_seeds_are_told_in_one_line(tmp_path: Path) -> None:
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen"], ["cifar10"], samples=4) as store:
        store.set_setting(facts.TRAINING_SEEDS, "x")
        with pytest.raises(StoreError, match="training_seeds is 'x', no list of seeds"):
            points(store)
