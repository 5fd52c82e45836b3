from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
import synthetic_study
from scipy import stats
from zsbench.results import adjusted, better, better_than, kendall, paired, points
from zsbench.results.resampling import draws

PROXIES = ["zen", "params", "flops", "te_nas_zen", "random"]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    path = tmp_path_factory.mktemp("better") / "results.sqlite"
    with synthetic_study.build(path, PROXIES, samples=25, broken=True, relative=True, again=(1,)) as store:
        yield store


def sample_of(study, proxy, dataset="cifar10"):
    """The sampled points of a proxy in the order of accuracy, in which the harness resamples."""
    frame = points(study).query("kind == 'sample'")
    mine = frame[(frame["proxy"] == proxy) & (frame["dataset"] == dataset)]
    return mine.sort_values("accuracy").set_index("architecture")


def test_a_proxy_is_compared_with_params_on_what_both_have_scored(study):
    frame = better(study).set_index(["proxy", "dataset"])
    assert set(frame["baseline"]) == {"params"}
    assert "params" not in frame.index.get_level_values("proxy")
    mine, params = sample_of(study, "te_nas_zen"), sample_of(study, "params")
    expected = asdict(paired(-mine["score"], params["score"], mine["accuracy"]))
    found = frame.loc[("te_nas_zen", "cifar10"), list(expected)].to_dict()
    assert found == pytest.approx(expected)
    assert frame.at[("zen", "cifar10"), "p"] < frame.at[("random", "cifar10"), "p"]
    assert frame.at[(synthetic_study.BROKEN, "cifar10"), "n"] == 0
    assert set(better(study, "zen")["proxy"]) == {*frame.index.get_level_values("proxy"), "params"} - {"zen"}
    assert frame.index.tolist() == [
        (proxy, dataset)
        for proxy in study.proxies()["proxy"]
        if proxy != "params"
        for dataset in ("cifar10", "cifar100")
    ]


def test_a_noisy_proxy_is_compared_by_its_mean_over_score_seeds(study):
    row = better(study, resamples=10).set_index(["proxy", "dataset"]).loc[("random", "cifar10")]
    params = sample_of(study, "params")
    scores = study.scores(proxy="random").pivot(index="architecture", columns="seed", values="value").loc[params.index]
    taus = [stats.kendalltau(scores[seed], params["accuracy"]).statistic for seed in (0, 1)]
    assert row["difference"] == pytest.approx(np.mean(taus) - kendall(params["score"], params["accuracy"]))


def test_of_two_baselines_the_better_one_counts_in_each_resample(study):
    frame = better(study, ("params", "flops"), resamples=80).set_index(["proxy", "dataset"])
    assert set(frame["baseline"]) == {"max(params, flops)"}
    assert not {"params", "flops"} & set(frame.index.get_level_values("proxy"))
    zen, params, flops = (sample_of(study, name) for name in ("zen", "params", "flops"))
    y = zen["accuracy"].to_numpy()

    def difference(count):
        drawn = np.repeat(y, count)
        taus = [kendall(np.repeat(one["score"].to_numpy(), count), drawn) for one in (zen, params, flops)]
        return taus[0] - max(taus[1:])

    slow = [difference(count) for count in draws(25, 80, seed=0)]
    row = frame.loc[("zen", "cifar10")]
    assert row["difference"] == pytest.approx(difference(np.ones(25, dtype=int)))
    assert (row["low"], row["high"]) == pytest.approx(tuple(np.quantile(slow, [0.025, 0.975])))
    assert row["p"] == pytest.approx((np.sum(np.array(slow) <= 1e-12) + 1) / 81)


def test_p_is_corrected_for_all_that_are_compared(study):
    frame = better(study, resamples=200).query("dataset == 'cifar10'").set_index("proxy")
    names = ["zen", "flops", "te_nas_zen", "random", synthetic_study.RELATIVE]
    counts = draws(25, 200, seed=0)
    params = sample_of(study, "params")
    y = params["accuracy"].to_numpy()
    drawn = []
    for name in names:
        scores = [sample_of(study, name)["score"].to_numpy()]
        if name in ("random", synthetic_study.RELATIVE):
            continue  # of several different seeds
        sign = -1 if name == "te_nas_zen" else 1
        both = (sign * scores[0], params["score"].to_numpy())
        taus = [[kendall(np.repeat(x, count), np.repeat(y, count)) for count in counts] for x in both]
        drawn.append(np.subtract(*taus))
    slow = adjusted(frame.loc[["zen", "flops", "te_nas_zen"], "difference"], np.array(drawn))
    known = frame.drop(synthetic_study.BROKEN)
    assert (known["p_adjusted"] >= known["p"]).all()
    assert known["p_adjusted"].between(0, 1).all()
    # With two more proxies in the family the correction is stronger, if at all.
    assert (frame.loc[["zen", "flops", "te_nas_zen"], "p_adjusted"].to_numpy() >= slow - 1e-9).all()
    assert np.isnan(frame.at[synthetic_study.BROKEN, "p_adjusted"])


def test_several_baselines_at_a_time_are_as_one_by_one(study):
    baselines = [("params",), ("params", "flops"), ("depth",)]
    together = better_than(study, baselines, resamples=50)
    for frame, names in zip(together, baselines, strict=True):
        pd.testing.assert_frame_equal(frame, better(study, names, resamples=50))


def test_a_study_without_the_baseline_compares_nothing(study):
    for baseline in ("depth", ("params", "depth")):
        frame = better(study, baseline)
        assert frame.empty
        expected = ["proxy", "dataset", "baseline", "n", "difference", "low", "high", "p", "p_adjusted"]
        assert list(frame.columns) == expected


def test_a_study_of_nothing_but_the_baseline_has_no_comparison(tmp_path):
    with synthetic_study.build(tmp_path / "results.sqlite", ["params"], ["cifar10"], samples=6) as store:
        assert better(store).empty
        assert [frame.empty for frame in better_than(store, [("params",), ("params", "flops")])] == [True, True]
