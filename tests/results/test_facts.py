"""Facts are typed values, and what an earlier version kept is handed on."""

from pathlib import Path

from zsbench.results import Store, facts


def test_what_is_written_is_read_back_with_its_type(tmp_path: Path) -> None:
    told = {
        facts.NAME: "12",
        facts.SEARCH: {"strategies": ["evolution"], "evaluations": 24, "population": 12, "seeds": [0, 1]},
        facts.TRAINING: None,
        facts.TRAINING_SEEDS: [0],
    }
    with Store(tmp_path / "results.sqlite") as store:
        facts.write(store, told)
        assert facts.read(store) == told
        assert list(facts.read(store)) == list(told)


def test_a_sentence_of_an_earlier_version_stays_a_text(tmp_path: Path) -> None:
    with Store(tmp_path / "results.sqlite") as store:
        store.set_setting(facts.SEARCH, "evolution, 24 evaluations, population 12, seeds 0")
        assert facts.read(store)[facts.SEARCH] == "evolution, 24 evaluations, population 12, seeds 0"
