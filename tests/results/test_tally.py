import math
from pathlib import Path

import pytest
from synthetic_study import CONTEXT, PROXIES, SCHEDULE, build, score_row, structure
from watched_study import FACTS, NAMES, study
from zsbench.results import Store, Tally, facts, open_rows, write_rows


def test_a_study_is_finished_when_all_that_it_wants_is_there(tmp_path: Path) -> None:
    with study(tmp_path / "a.sqlite", replicates=4) as store:
        standing = Tally(store).look()
    # Twelve of the sample and six winners, and four of them again under two seeds.
    assert [tuple(part) for part in standing.parts] == [
        ("searches", 6, 6), ("scores of the sample", 36, 36), ("trainings", 26, 26),
    ]  # fmt: skip
    assert standing.finished
    assert standing.current is None
    assert (standing.name, standing.under_way, standing.rows) == ("made up", [], 36 + 6 + 26)
    assert not standing.failures


def test_what_is_missing_is_told_part_by_part(tmp_path: Path) -> None:
    with study(tmp_path / "a.sqlite") as store:
        facts.write(store, {facts.SEARCH: FACTS[facts.SEARCH] | {"seeds": [0, 1, 2]}, facts.SCORE: {"seeds": [0, 1]}})
        facts.write(store, {facts.SAMPLE: FACTS[facts.SAMPLE] | {"top": 5}})
        standing = Tally(store).look()
    searches, scores, trainings = standing.parts
    assert (searches.done, searches.wanted) == (6, 9)
    assert standing.current == searches
    assert standing.under_way == [f"{name}, evolution, seed 2" for name in NAMES]
    assert (scores.done, scores.wanted) == (36, 17 * 3), "those that do not depend on a seed are scored once"
    assert (trainings.done, trainings.wanted) == (18, 12 + 6 + 3 + 5 + 8)


def test_the_best_score_is_that_of_the_proxys_direction(tmp_path: Path) -> None:
    with study(tmp_path / "a.sqlite") as store:
        tally, scores = Tally(store), store.scores()
        found = tally.look().proxies
        for name, best in (("zen", max), ("te_nas_zen", min)):
            values = [*scores[scores["proxy"] == name]["value"], *store.searches(proxy=name)["value"]]
            assert PROXIES[name][0] == (best is max)
            assert found[name].best == best(values)
        store.add_score(score_row("zen", structure(7000), 1e9, 1000))
        assert tally.look().proxies["zen"].best == 1e9
        assert found["zen"].best < 1e9, "an earlier look stays as it was"


def test_each_look_reads_only_new_scores_and_counts_what_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with study(tmp_path / "a.sqlite") as store:
        tally = Tally(store)
        before = tally.look()
        asked = []
        read = store.score_counts
        monkeypatch.setattr(store, "score_counts", lambda after: asked.append(after) or read(after))
        store.add_score(score_row("zen", structure(8000), None, 1000, status="nan", reason="no number"))
        context = {**CONTEXT, "strategy": "evolution", "seed": 5}
        store.add_search({"proxy": "random", **context, "status": "exhausted", "statuses": {"error": 3}})
        bad = {"architecture": structure(3), "dataset": "cifar10", "seed": 9, "status": "error", **SCHEDULE}
        store.add_training(bad)
        after = tally.look()
        assert asked == [before.scores]
        assert after.scores == before.scores + 1
        assert after.proxies["zen"].failures == {"nan": 1}
        assert after.failures == {"scores": 1, "searches": 1, "trainings": 1}
        assert after.rows == before.rows + 3


def test_scores_from_before_a_sample_was_drawn_count_once_it_is(tmp_path: Path) -> None:
    with study(tmp_path / "a.sqlite") as store:
        store.add_score(score_row("zen", structure(9000), 1.0, 1000))
        tally = Tally(store)
        assert tally.look().parts[1].done == 36
        store.add_samples([{"architecture": structure(9000), "stratum": "top", "seed": 0}])
        assert tally.look().parts[1].done == 37
        assert tally.look().scores == 37


def test_a_study_of_an_earlier_version_or_without_parts_has_what_it_has(tmp_path: Path) -> None:
    with build(tmp_path / "a.sqlite", NAMES, ["cifar10"], samples=12) as store:  # no facts but sentences
        standing = Tally(store).look()
        assert [part.wanted for part in standing.parts] == [None, None, None]
        assert not standing.finished
        facts.write(store, {**FACTS, facts.SAMPLE: None, facts.TRAINING: None, facts.SEARCH: None})
        assert [(part.name, part.wanted) for part in Tally(store).look().parts] == [
            ("searches", 0), ("scores of the sample", 0), ("trainings", 0),
        ]  # fmt: skip


def test_a_table_is_looked_up_last(tmp_path: Path) -> None:
    with study(tmp_path / "a.sqlite") as store:
        facts.write(store, {facts.TRAINING: {"source": facts.LOOKED_UP, "datasets": ["cifar10"]}})
        assert Tally(store).look().finished
    with Store(tmp_path / "b.sqlite") as store:
        facts.write(store, {**FACTS, facts.TRAINING: {"source": facts.LOOKED_UP, "datasets": ["cifar10"]}})
        assert not Tally(store).look().finished


def test_kept_rows_have_the_best_scores_of_searches_too(tmp_path: Path) -> None:
    with study(tmp_path / "a.sqlite", replicates=4) as store:
        write_rows(store, tmp_path / "rows")
        best = Tally(store).look().proxies["zen"].best
    with open_rows(tmp_path / "rows") as store:
        standing = Tally(store).look()
        assert standing.finished
        assert standing.proxies["zen"].best == best
        assert not math.isnan(best)
