"""What every registered strategy keeps."""

from random import Random

import pytest
from drive import EVERY, MILLION, RESNET, SMALL, drive, macs
from zsbench.search import STRATEGIES, Budget, ExhaustedError
from zsbench.search import strategy as strategies


@pytest.fixture(params=STRATEGIES)
def strategy(request: pytest.FixtureRequest):
    return STRATEGIES[request.param]


def test_candidates_keep_the_budget_are_new_and_the_best_is_the_best(strategy) -> None:
    search = strategy(RESNET, MILLION, 0, 16)
    assert search.best is None
    asked = drive(search, 300, lag=4)
    assert len(set(asked)) == 300
    assert all(MILLION.violation(architecture) is None for architecture in asked)
    counts = search.counts
    assert counts.proposals == counts.evaluations + counts.duplicates + sum(counts.rejected.values())
    best = max(asked, key=macs)
    assert (search.best.architecture, search.best.value) == (best, macs(best))
    assert asked[search.best.evaluation - 1] == best


def test_equal_seeds_and_lags_give_equal_searches_and_others_do_not(strategy) -> None:
    runs = [
        drive(strategy(RESNET, MILLION, seed, 16), 120, lag) for seed, lag in ((3, 1), (3, 1), (4, 1), (3, 4), (3, 4))
    ]
    assert runs[0] == runs[1] != runs[2]
    assert runs[3] == runs[4]


def test_failed_scores_count_and_are_not_kept(strategy) -> None:
    search = strategy(RESNET, MILLION, 0, 8)
    drive(search, 40, lag=3, value=lambda architecture: None)
    assert search.counts.evaluations == 40
    assert search.best is None
    asked = drive(search, 40, lag=3, value=lambda architecture: macs(architecture) if architecture.layers % 2 else None)
    assert search.best.value == max(macs(architecture) for architecture in asked if architecture.layers % 2)


def test_a_space_without_further_candidates_ends_the_search(strategy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strategies, "PATIENCE", 10_000)
    with pytest.raises(ExhaustedError, match="params 10000"):
        strategy(RESNET, Budget(params=100), 0, 8).ask()
    search = strategy(SMALL, Budget(), 0, 1000)  # all may be members: nothing keeps a search from finding everything
    assert set(drive(search, len(EVERY))) == set(EVERY)
    with pytest.raises(ExhaustedError, match="seen before 10000"):
        search.ask()


def test_a_relative_search_of_one_component_goes_where_its_value_does(strategy) -> None:
    plain, relative = strategy(RESNET, MILLION, 1, 16), strategy(RESNET, MILLION, 1, 16, "rank_sum")
    absolute = drive(plain, 150, lag=2)
    ranked = drive(relative, 150, lag=2, value=lambda architecture: (macs(architecture),))
    # The published evolution draws parents by their place in a population, which is ordered otherwise there.
    assert ranked == absolute or strategy is STRATEGIES["evolution"]
    assert macs(relative.best.architecture) == max(map(macs, ranked))
    assert relative.best.value == 150  # the rank of the highest


def test_what_does_not_fit_is_refused_and_changes_nothing(strategy) -> None:
    for relative, good, wrong in ((None, 1.0, (1.0, 2.0)), ("log_rank_sum", (1.0, 2.0), 1.0), ("rank_sum", (1.0,), ())):
        search, other = strategy(RESNET, MILLION, 0, 4, relative), strategy(RESNET, MILLION, 0, 4, relative)
        for _ in range(6):
            candidate = search.ask()
            with pytest.raises(ValueError, match="expected"):
                search.tell(candidate, wrong)
            search.tell(candidate, good)
            other.tell(other.ask(), good)
        assert search.ask() == other.ask()
        assert search.best == other.best
    with pytest.raises(ValueError, match="unknown rule 'sum'"):
        strategy(RESNET, MILLION, 0, 4, "sum")
    with pytest.raises(ValueError, match="population must be at least 1"):
        strategy(RESNET, MILLION, 0, 0)


def test_every_strategy_finds_good_architectures_of_a_rugged_table(strategy) -> None:
    rng = Random(0)
    luck = {architecture: rng.random() for architecture in EVERY}

    def value(architecture) -> float:
        return architecture.operations.count("nor_conv_3x3") + luck[architecture]

    search = strategy(SMALL, Budget(), 2, 32)
    drive(search, 200, lag=4, value=value)
    better = sum(value(architecture) > search.best.value for architecture in EVERY)
    # By chance alone, as random search does, the best of 200 of 729 is among the best 20 in 99.8 % of cases, and the
    # very best is among them in 27 %.
    assert better <= (20 if strategy is STRATEGIES["random"] else 1)
