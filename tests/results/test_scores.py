import json
import math

import numpy as np
import pytest
import synthetic_study
from scipy import stats
from zsbench.results import (
    Store,
    better,
    comparison,
    correlate,
    correlations,
    intraclass,
    intraclass_bootstrap,
    kendall_within,
    near_top,
    points,
    ranked,
    score_noise,
    search_curves,
    spearman_within,
)
from zsbench.results import scores as scores_module
from zsbench.results.scores import CORRELATION_FIELDS

SCORE = synthetic_study.score_row
PROXIES = ["zen", "params", "te_nas_zen", "random"]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    path = tmp_path_factory.mktemp("scores") / "results.sqlite"
    with synthetic_study.build(path, PROXIES, samples=25, broken=True, relative=True, again=(1, 2), best=True) as store:
        yield store


def sampled(folder, score, accuracy, layers=None, space="resnet", higher=True, top=None):
    """A study of one proxy, `up`, over architectures of one size; a score that is NaN failed."""
    folder.mkdir(exist_ok=True)
    store = Store(folder / "results.sqlite")
    store.add_proxies([{"proxy": "up", "higher_is_better": higher, "deterministic": True}])
    for number, value in enumerate(score):
        name, depth = synthetic_study.structure(number), 12 if layers is None else int(layers[number])
        stratum = "top" if top is not None and top[number] else "random"
        size = {"params": 100_000, "macs": 3_000_000, "layers": depth}
        store.add_samples([{"architecture": name, "stratum": stratum, "seed": 0, **size}])
        ok = {} if np.isfinite(value) else {"value": None, "status": "nan"}
        store.add_score({**SCORE("up", name, float(value), 100_000), "space": space, **ok})
        row = {"architecture": name, "dataset": "digits", "seed": 0, "accuracy": float(accuracy[number])}
        store.add_training({**row, **synthetic_study.SCHEDULE, "status": "ok"}, [])
    return store


def sample_of(study, proxy, dataset="cifar10"):
    frame = points(study).query("kind == 'sample'")
    return frame[(frame["proxy"] == proxy) & (frame["dataset"] == dataset)].set_index("architecture").sort_index()


def test_correlations_are_those_of_the_sample_given_its_size(study):
    frame = correlations(study).set_index(["proxy", "dataset"])
    for proxy, sign in (("zen", 1), ("te_nas_zen", -1)):
        mine = sample_of(study, proxy)
        size = mine[["params", "macs"]].astype(float).assign(layers=12)
        score = np.column_stack([sign * mine["score"]] * 3)  # the same under all three seeds
        expected = correlate(score, mine["accuracy"], size, params=size["params"]).row()
        found = frame.loc[(proxy, "cifar10"), CORRELATION_FIELDS].to_dict()
        assert found == pytest.approx(expected, nan_ok=True)
        once = correlate(sign * mine["score"], mine["accuracy"], size, params=size["params"]).row()
        assert (found["tau"], found["tau_low"]) == pytest.approx((once["tau"], once["tau_low"]))
        assert (found["tau_seeds"], found["tau_seed_sd"]) == (3, pytest.approx(0))
        assert frame.at[(proxy, "cifar10"), "tau_failed_last"] == found["tau"]
        assert frame.at[(proxy, "cifar10"), "n_failed_last"] == 25
    broken = frame.loc[(synthetic_study.BROKEN, "cifar10")]
    assert (broken["n"], broken["failed"], broken["tau_seeds"]) == (0, 25, 0)
    assert broken[CORRELATION_FIELDS[1:-4]].isna().all()


def test_a_proxy_that_counts_size_has_no_partial_correlation(study):
    frame = correlations(study).set_index(["proxy", "dataset"])
    assert frame.loc["params", "partial_rho"].isna().all()
    assert frame.loc["params", "tau"].notna().all()
    assert frame.loc["zen", "partial_rho"].notna().all()


def test_depth_is_among_what_partial_correlations_take_out(tmp_path):
    rng = np.random.default_rng(2)
    depth = rng.permutation(np.arange(5, 45))
    with sampled(tmp_path, depth + 2.0 * rng.normal(size=40), depth + 2.0 * rng.normal(size=40), layers=depth) as store:
        row = correlations(store).iloc[0]
    assert row["rho"] > 0.8
    assert abs(row["partial_rho"]) < 0.4


def test_cells_are_compared_within_a_number_of_convolutions(tmp_path):
    rng = np.random.default_rng(3)
    layers = rng.integers(4, 8, size=40)
    score, accuracy = layers + rng.normal(size=40), layers + rng.normal(size=40)
    with sampled(tmp_path, score, accuracy, layers=layers, space="nasbench201") as store:
        row = correlations(store).iloc[0]
    assert row["tau_within_convolutions"] == pytest.approx(kendall_within(score, accuracy, layers))
    assert row["rho_within_convolutions"] == pytest.approx(spearman_within(score, accuracy, layers))
    with sampled(tmp_path / "other", score, accuracy, layers=layers) as store:
        assert math.isnan(correlations(store).iloc[0]["tau_within_convolutions"])


def test_failed_scores_are_left_out_or_ranked_last(tmp_path):
    rng = np.random.default_rng(4)
    score, accuracy = rng.normal(size=(2, 30))
    failed = rng.random(30) < 0.2
    for higher in (True, False):
        given = np.where(failed, np.nan, score if higher else -score)
        with sampled(tmp_path / str(higher), given, accuracy, higher=higher) as store:
            row = correlations(store).iloc[0]
        assert (row["n"], row["failed"], row["n_failed_last"]) == (30 - failed.sum(), failed.sum(), 30)
        assert row["tau"] == pytest.approx(stats.kendalltau(score[~failed], accuracy[~failed]).statistic)
        last = np.where(failed, -1e9, score)
        assert row["tau_failed_last"] == pytest.approx(stats.kendalltau(last, accuracy).statistic)
        assert row["rho_failed_last"] == pytest.approx(stats.spearmanr(last, accuracy).statistic)
        assert row["tau_failed_last_low"] < row["tau_failed_last"] < row["tau_failed_last_high"]


def test_tau_is_the_mean_over_score_seeds_with_its_spread(study):
    frame = correlations(study).set_index(["proxy", "dataset"])
    accuracy = sample_of(study, "random")["accuracy"]
    scores = study.scores(proxy="random", status="ok").pivot(index="architecture", columns="seed", values="value")
    taus = [stats.kendalltau(scores[seed].reindex(accuracy.index), accuracy).statistic for seed in (0, 1, 2)]
    row = frame.loc[("random", "cifar10")]
    assert row["tau"] == pytest.approx(np.mean(taus))
    assert row["tau_seed_sd"] == pytest.approx(np.std(taus, ddof=1))
    assert (row["tau_seeds"], row["tau_seed_min"], row["tau_seed_max"]) == (3, min(taus), max(taus))


def test_a_whole_space_has_no_sampling_interval(study, monkeypatch):
    monkeypatch.setattr(scores_module, "WHOLE", 24)
    frame = correlations(study).set_index(["proxy", "dataset"])
    row = frame.loc[("zen", "cifar10")]
    assert row[["tau", "top_k_accuracy", "partial_rho"]].notna().all()
    assert row[["tau_low", "top_k_accuracy_high", "partial_rho_low"]].isna().all()
    compared = better(study).set_index(["proxy", "dataset"]).loc[("zen", "cifar10")]
    assert not math.isnan(compared["difference"])
    assert compared[["low", "high", "p", "p_adjusted"]].isna().all()


def test_near_the_top_is_a_stratum_of_its_own(tmp_path):
    rng = np.random.default_rng(5)
    score, accuracy = rng.normal(size=(2, 30))
    top = np.arange(30) % 3 == 0
    with sampled(tmp_path, score, accuracy, top=top) as store:
        near, rest = near_top(store).iloc[0], correlations(store).iloc[0]
    for row, rows in ((near, top), (rest, ~top)):
        assert row["n"] == rows.sum()
        assert row["tau"] == pytest.approx(stats.kendalltau(score[rows], accuracy[rows]).statistic)
        assert row["rho"] == pytest.approx(stats.spearmanr(score[rows], accuracy[rows]).statistic)
        assert row["tau_low"] <= row["tau"] <= row["tau_high"]


def test_without_a_stratum_near_the_top_there_is_no_row_of_it(study):
    assert near_top(study).empty
    assert list(near_top(study).columns)[:4] == ["proxy", "dataset", "n", "tau"]


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
    every = study.scores(proxy=synthetic_study.RELATIVE)
    taus = []
    for seed in (0, 1, 2):  # ranked within each seed
        each = every[every["seed"] == seed].set_index("architecture").loc[mine.index]
        table = [json.loads(text) for text in each["components"]]
        taus.append(stats.kendalltau(ranked(table, "rank_sum"), mine["accuracy"]).statistic)
    tau = correlations(study).set_index(["proxy", "dataset"]).at[(synthetic_study.RELATIVE, "cifar10"), "tau"]
    assert tau == pytest.approx(np.mean(taus))


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
    row = comparison(study).on("cifar10").set_index("proxy").loc[synthetic_study.RELATIVE]
    assert (row["winners"], row["n"]) == (2, 2)


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


def test_regret_is_what_winners_lack_to_the_best_of_the_table(study, tmp_path):
    for dataset, best in (("cifar10", 99.5), ("cifar100", 81.25)):
        frame = comparison(study).on(dataset)
        np.testing.assert_allclose(frame["regret"], best - frame["mean"])
        assert frame["regret"].notna().sum() == 5
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen"], samples=4) as store:
        assert comparison(store).accuracies["regret"].isna().all()


def test_a_score_takes_its_median_seconds_over_the_sample(tmp_path):
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen", "params"], ["cifar10"], samples=1) as store:
        for number, (status, seconds) in enumerate([("ok", 0.1), ("ok", 9.0), ("timeout", 50.0)], start=10):
            name = synthetic_study.structure(number)
            store.add_samples([{"architecture": name, "stratum": "random", "seed": 0}])
            store.add_score(SCORE("zen", name, 1.0, 100, status=status, seconds=seconds))
        assert comparison(store).searches["score_seconds"].tolist() == [0.2, 0.2]
        assert score_noise(store)["seconds"].tolist() == [0.2, 0.2]


def test_an_empty_store_gives_empty_frames(tmp_path):
    with Store(tmp_path / "results.sqlite") as store:
        for frame in (better, score_noise):
            assert frame(store).empty
            assert len(frame(store).columns) > 6
