import json
import math

import numpy as np
import pytest
import synthetic_study
from zsbench.results import Store, ranked, seed_scores
from zsbench.results.seeds import wide

SCORE = synthetic_study.score_row


def test_scores_are_of_the_seeds_under_which_the_whole_sample_was_scored(tmp_path):
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen", "te_nas_zen"], samples=6, again=(1,)) as store:
        store.add_score(SCORE("zen", synthetic_study.structure(0), 9.0, 100, seed=7))  # of a search
        store.add_score(SCORE("zen", "elsewhere", 9.0, 100))
        frame = seed_scores(store)
        raw = store.scores(proxy="te_nas_zen", seed=0).set_index("architecture")["value"]
    assert sorted(set(zip(frame["proxy"], frame["seed"], strict=True))) == [
        ("te_nas_zen", 0),
        ("te_nas_zen", 1),
        ("zen", 0),
        ("zen", 1),
    ]
    assert set(frame["architecture"]) == {synthetic_study.structure(number) for number in range(6)}
    mine = wide(frame, "te_nas_zen")
    assert mine.shape == (6, 2)
    assert (mine[0] == -raw.loc[mine.index]).all(), "lower is better: turned"


def test_an_unfinished_sample_has_the_scores_of_its_own_seed(tmp_path):
    with Store(tmp_path / "results.sqlite") as store:
        store.add_proxies([{"proxy": "up", "higher_is_better": True, "deterministic": False}])
        for number in range(5):
            name = synthetic_study.structure(number)
            store.add_samples([{"architecture": name, "stratum": "random", "seed": 3}])
            if number < 3:
                store.add_scores([SCORE("up", name, 1.0 * number, 100, seed=seed) for seed in (3, 4)])
        store.add_score(SCORE("up", synthetic_study.structure(4), None, 100, seed=3, status="nan"))
        frame = seed_scores(store)
    assert frame["seed"].tolist() == [3] * 4
    assert frame.set_index("architecture")["score"].to_dict() == pytest.approx(
        {synthetic_study.structure(number): value for number, value in ((0, 0), (1, 1), (2, 2), (4, math.nan))},
        nan_ok=True,
    )


def test_relative_proxies_are_ranked_within_each_seed(tmp_path):
    path = tmp_path / "results.sqlite"
    with synthetic_study.build(path, ["zen"], samples=12, relative=True, again=(1, 2)) as store:
        table = wide(seed_scores(store), synthetic_study.RELATIVE)
        for seed in (0, 1, 2):
            rows = store.scores(proxy=synthetic_study.RELATIVE, seed=seed).set_index("architecture").loc[table.index]
            components = [json.loads(text) for text in rows["components"]]
            np.testing.assert_array_equal(table[seed], ranked(components, "rank_sum"))


def test_strata_have_scores_of_their_own(tmp_path):
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen"], samples=6) as store:
        assert seed_scores(store, "top").empty
        names = [synthetic_study.structure(number) for number in (0, 3)]
        store.add_samples({"architecture": name, "stratum": "top", "seed": 0} for name in [*names, "new"])
        store.add_score(SCORE("zen", "new", 9.0, 100))
        assert set(seed_scores(store, "top")["architecture"]) == {*names, "new"}
        assert len(seed_scores(store)) == 6


def test_an_empty_store_has_no_scores(tmp_path):
    with Store(tmp_path / "results.sqlite") as store:
        frame = seed_scores(store)
    assert frame.empty
    assert list(frame.columns) == ["proxy", "seed", "architecture", "status", "score"]
