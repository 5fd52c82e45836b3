import json
import math
from dataclasses import asdict

import numpy as np
import pytest
import synthetic_study
from scipy import stats

from results import (
    Store,
    better,
    comparison,
    correlate,
    correlations,
    intraclass,
    intraclass_bootstrap,
    paired,
    points,
    ranked,
    score_noise,
    search_curves,
)
from results.scores import CORRELATION_FIELDS

SCORE = synthetic_study.score_row
PROXIES = ["zen", "params", "te_nas_zen", "random"]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    path = tmp_path_factory.mktemp("scores") / "results.sqlite"
    with synthetic_study.build(path, PROXIES, samples=25, broken=True, relative=True, again=(1, 2), best=True) as store:
        yield store


def sample_of(study, proxy, dataset="cifar10"):
    frame = points(study).query("kind == 'sample'")
    return frame[(frame["proxy"] == proxy) & (frame["dataset"] == dataset)].set_index("architecture").sort_index()


def test_correlations_are_those_of_the_sample_given_its_size(study):
    frame = correlations(study).set_index(["proxy", "dataset"])
    for proxy, sign in (("zen", 1), ("te_nas_zen", -1)):
        mine = sample_of(study, proxy)
        expected = correlate(sign * mine["score"], mine["accuracy"], mine[["params", "macs"]].astype(float))
        assert frame.loc[(proxy, "cifar10"), CORRELATION_FIELDS].to_dict() == asdict(expected)
    broken = frame.loc[(synthetic_study.BROKEN, "cifar10")]
    assert (broken["n"], broken["failed"]) == (0, 25)
    assert broken[CORRELATION_FIELDS[1:]].isna().all()


def test_samples_of_unknown_size_have_no_partial_correlation(tmp_path):
    with Store(tmp_path / "results.sqlite") as store:
        store.add_proxies([{"proxy": "up", "higher_is_better": True, "deterministic": True}])
        for number in range(6):
            name = synthetic_study.structure(number)
            store.add_samples([{"architecture": name, "stratum": "random", "seed": 0}])
            store.add_score(SCORE("up", name, float(number), 100))
            synthetic_study.train(store, name, number, np.random.default_rng(0), ["digits"], {}, seeds=1)
        row = correlations(store).iloc[0]
    assert row["tau"] > 0.5
    assert math.isnan(row["partial_rho"])


def test_a_relative_proxy_is_ranked_within_the_sample(study):
    rows = study.sample_scores().query("proxy == @synthetic_study.RELATIVE").set_index("architecture").sort_index()
    components = [json.loads(text) for text in rows["components"]]
    assert -math.inf in np.ravel(components)
    mine = sample_of(study, synthetic_study.RELATIVE)
    np.testing.assert_array_equal(mine["score"], ranked(components, "rank_sum"))
    tau = correlations(study).set_index(["proxy", "dataset"]).at[(synthetic_study.RELATIVE, "cifar10"), "tau"]
    assert tau == pytest.approx(stats.kendalltau(mine["score"], mine["accuracy"]).statistic)


def test_only_ok_scores_of_a_relative_proxy_are_ranked(tmp_path):
    with Store(tmp_path / "results.sqlite") as store:
        store.add_proxies(
            [{"proxy": "both", "higher_is_better": True, "deterministic": True, "relative": "log_rank_sum"}]
        )
        for number, components in enumerate([[1, 5], [2, 6], None, [3, 4]]):
            name = synthetic_study.structure(number)
            store.add_samples([{"architecture": name, "stratum": "random", "seed": 0}])
            status = "ok" if components else "error"
            store.add_score(SCORE("both", name, None, 100, status=status, components=components))
            store.add_score(SCORE("both", name, None, 100, seed=1, components=[9, number]))
            synthetic_study.train(store, name, number, np.random.default_rng(0), ["digits"], {}, seeds=1)
        scores = points(store).set_index("architecture")["score"]
        noise = score_noise(store).iloc[0]
    expected = [math.log(1 / 3 * 2 / 3), math.log(2 / 3), math.log(1 / 3)]
    assert [scores[synthetic_study.structure(number)] for number in (0, 1, 3)] == pytest.approx(expected)
    assert len(scores) == 3
    assert (noise["architectures"], noise["seeds"]) == (3, 2)


def test_a_relative_winner_has_the_score_that_its_search_stored(study):
    won = points(study).query("kind == 'winner' and dataset == 'cifar10'").set_index("proxy")
    assert won.loc[[synthetic_study.RELATIVE], "score"].tolist() == [42.0], "the other search stored none"
    assert synthetic_study.RELATIVE not in set(search_curves(study)["proxy"])
    row = comparison(study).set_index("proxy").loc[synthetic_study.RELATIVE]
    assert (row["winners"], row["cifar10_n"]) == (2, 2)


def test_noise_is_over_the_seeds_of_the_sample(study):
    frame = score_noise(study).set_index("proxy")
    assert frame.index.tolist() == [*PROXIES, synthetic_study.RELATIVE, synthetic_study.BROKEN]
    assert frame.loc["zen", ["architectures", "seeds", "icc", "icc_low", "icc_high"]].tolist() == [25, 3, 1, 1, 1]
    scores = study.scores(proxy="random", status="ok")
    values = scores.pivot(index="architecture", columns="seed", values="value")
    expected = (intraclass(values), *intraclass_bootstrap(values))
    assert tuple(frame.loc["random", ["icc", "icc_low", "icc_high"]]) == expected
    assert 0 < expected[0] < 1
    assert 0 < frame.at[synthetic_study.RELATIVE, "icc"] < 1
    broken = frame.loc[synthetic_study.BROKEN]
    assert (broken["architectures"], broken["seeds"]) == (0, 0)
    assert broken[["icc", "icc_low", "icc_high", "seconds"]].isna().all()
    assert (frame.at["zen", "seconds"], frame.at[synthetic_study.RELATIVE, "seconds"]) == (0.2, 0.7)


def test_noise_needs_two_seeds_and_leaves_searched_architectures_out(tmp_path):
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen"], ["cifar10"], samples=6) as store:
        for seed in (1, 2):
            store.add_score(SCORE("zen", "searched", 1.0, 100, seed=seed))
        row = score_noise(store).iloc[0]
    assert (row["architectures"], row["seeds"]) == (0, 1)
    assert math.isnan(row["icc"])


def test_noise_leaves_out_seeds_under_which_only_a_search_met_the_sample(tmp_path):
    with Store(tmp_path / "results.sqlite") as store:
        store.add_proxies([{"proxy": "up", "higher_is_better": True, "deterministic": False, "relative": "rank_sum"}])
        for number in range(12):
            name = synthetic_study.structure(number)
            store.add_samples([{"architecture": name, "stratum": "random", "seed": 0}])
            for seed in (0, 1):
                if seed == 0 or number % 4 == 0:
                    row = {**SCORE("up", name, 0.0, 100), "value": None, "components": [number, -number % 5]}
                    store.add_score({**row, "seed": seed})
        row = score_noise(store).iloc[0]
    assert (row["architectures"], row["seeds"]) == (0, 1)
    assert math.isnan(row["icc"])


def test_better_compares_with_params_on_what_both_have_scored(study):
    frame = better(study).set_index(["proxy", "dataset"])
    assert set(frame["baseline"]) == {"params"}
    assert "params" not in frame.index.get_level_values("proxy")
    mine, params = sample_of(study, "te_nas_zen"), sample_of(study, "params")
    expected = paired(-mine["score"], params["score"], mine["accuracy"])
    assert frame.loc[("te_nas_zen", "cifar10")].drop("baseline").to_dict() == asdict(expected)
    assert frame.at[("zen", "cifar10"), "p"] < frame.at[("random", "cifar10"), "p"]
    assert frame.at[(synthetic_study.BROKEN, "cifar10"), "n"] == 0
    assert set(better(study, "zen")["proxy"]) == {*frame.index.get_level_values("proxy"), "params"} - {"zen"}


def test_a_study_without_the_baseline_compares_nothing(study):
    frame = better(study, "flops")
    assert frame.empty
    assert list(frame.columns) == ["proxy", "dataset", "baseline", "n", "difference", "low", "high", "p"]


def test_regret_is_what_winners_lack_to_the_best_of_the_table(study, tmp_path):
    frame = comparison(study)
    np.testing.assert_allclose(frame["cifar10_regret"], 99.5 - frame["cifar10_mean"])
    np.testing.assert_allclose(frame["cifar100_regret"], 81.25 - frame["cifar100_mean"])
    assert frame["cifar10_regret"].notna().sum() == 5
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen"], samples=4) as store:
        assert comparison(store)[["cifar10_regret", "cifar100_regret"]].isna().all(axis=None)


def test_a_score_takes_its_median_seconds_over_the_sample(tmp_path):
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen", "params"], ["cifar10"], samples=1) as store:
        for number, (status, seconds) in enumerate([("ok", 0.1), ("ok", 9.0), ("timeout", 50.0)], start=10):
            name = synthetic_study.structure(number)
            store.add_samples([{"architecture": name, "stratum": "random", "seed": 0}])
            store.add_score(SCORE("zen", name, 1.0, 100, status=status, seconds=seconds))
        assert comparison(store)["score_seconds"].tolist() == [0.2, 0.2]
        assert score_noise(store)["seconds"].tolist() == [0.2, 0.2]


def test_an_empty_store_gives_empty_frames(tmp_path):
    with Store(tmp_path / "results.sqlite") as store:
        for frame in (better, score_noise):
            assert frame(store).empty
            assert len(frame(store).columns) > 6
