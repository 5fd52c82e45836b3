from collections.abc import Hashable

import pytest
from conftest import walk
from drive import MILLION, RESNET, drive, macs
from zsbench import space
from zsbench.search import Budget, Evolution, ExhaustedError
from zsbench.search import strategy as strategies


def test_candidates_keep_the_budget_and_are_new() -> None:
    search = Evolution(RESNET, MILLION, seed=0, population=32)
    asked = drive(search, 500)
    assert len(set(asked)) == 500
    assert all(MILLION.violation(architecture) is None for architecture in asked)
    counts = search.counts
    assert counts.proposals == counts.evaluations + counts.duplicates + sum(counts.rejected.values())
    assert set(counts.rejected) == {"params", "layers"}


def test_the_population_holds_the_best_and_the_worst_leaves() -> None:
    search = Evolution(RESNET, MILLION, seed=1, population=20)
    seen: list[tuple[float, space.Structure]] = []
    for index in range(200):
        candidate = search.ask()
        search.tell(candidate, macs(candidate))
        seen.append((macs(candidate), candidate))
        # Who leaves is the worst: at any time the population is the best of all seen.
        expected = sorted((value for value, _ in seen), reverse=True)[:20]
        assert [value for _, value in search.population] == expected
        assert len(search.population) == min(index + 1, 20)
    assert search.best is not None
    assert search.best.value == max(value for value, _ in seen)
    assert seen[search.best.evaluation - 1][1] == search.best.architecture


def test_the_first_candidates_are_mutants_of_the_initial_architecture() -> None:
    search = Evolution(RESNET, Budget(), seed=2, population=64)
    initial = RESNET.initial()

    def changed_blocks(architecture: space.Structure) -> int:
        blocks = architecture.blocks
        if len(blocks) != len(initial.blocks):
            return 1
        return sum(
            one._replace(in_channels=0) != other._replace(in_channels=0)
            for one, other in zip(blocks, initial.blocks, strict=True)
        )

    asked = drive(search, 40)
    assert all(changed_blocks(architecture) <= 1 for architecture in asked[:11])
    assert any(changed_blocks(architecture) > 1 for architecture in asked[11:])


def test_equal_seeds_give_equal_searches_and_others_do_not() -> None:
    first, second, other = (Evolution(RESNET, MILLION, seed, 32) for seed in (3, 3, 4))
    assert drive(first, 200) == drive(second, 200)
    assert first.population == second.population
    assert drive(other, 200) != drive(Evolution(RESNET, MILLION, 3, 32), 200)


def test_the_lag_is_part_of_the_result_and_nothing_else() -> None:
    results = [drive(Evolution(RESNET, MILLION, 5, 32), 200, lag) for lag in (1, 4, 4, 8)]
    assert results[1] == results[2]
    assert results[0] != results[1] != results[3]


def test_a_failed_score_counts_and_is_not_kept() -> None:
    search = Evolution(RESNET, MILLION, seed=0, population=16)
    drive(search, 50, value=lambda architecture: None)
    assert search.counts.evaluations == 50
    assert search.population == []
    assert search.best is None


def test_scores_are_told_in_order() -> None:
    search = Evolution(RESNET, MILLION, seed=0)
    first, second = search.ask(), search.ask()
    with pytest.raises(ValueError, match="told out of order"):
        search.tell(second, 1.0)
    search.tell(first, 1.0)
    search.tell(second, 1.0)
    with pytest.raises(ValueError, match="told out of order"):
        search.tell(first, 1.0)


def test_a_search_without_candidates_gives_up_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strategies, "PATIENCE", 500)
    with pytest.raises(ExhaustedError, match=r"no new candidate within the budget in 500 proposals \(params 500\)"):
        Evolution(RESNET, Budget(params=100), seed=0).ask()
    # A space of a few architectures: all are found, then it is exhausted.
    small = RESNET.starting_from("SuperConvK3BNRELU(3,64,1,1)")
    search = Evolution(small, Budget(), seed=0, population=4)
    with pytest.raises(ExhaustedError, match="seen before"):
        drive(search, 10_000)
    assert search.counts.evaluations > len(search.population) == 4


def test_candidates_that_share_a_key_are_one() -> None:
    class Coarse(type(RESNET)):
        def key(self, architecture: space.Structure) -> Hashable:
            return architecture.blocks[-1].out_channels

    search = Evolution(Coarse(**vars(RESNET)), MILLION, seed=0, population=4)
    widths = [architecture.blocks[-1].out_channels for architecture in drive(search, 20)]
    assert len(set(widths)) == 20
    assert search.counts.duplicates > 0


def test_ties_leave_oldest_first() -> None:
    search = Evolution(RESNET, MILLION, seed=0, population=12)
    asked = drive(search, 30, value=lambda architecture: 1.0)
    assert {architecture for architecture, _ in search.population} == set(asked[-12:])
    assert search.best.architecture == asked[0]


def test_bad_population() -> None:
    with pytest.raises(ValueError, match="population must be at least 1"):
        Evolution(RESNET, MILLION, 0, 0)


def test_budget_names_the_first_limit_exceeded() -> None:
    for architecture in walk("resnet", 30, seed=3):
        cost, rho = space.cost(architecture, 24, 10), space.effectiveness(architecture)
        for field, value, step in (
            ("layers", cost.layers, 1),
            ("params", cost.params, 1),
            ("macs", cost.macs, 1),
            ("effectiveness", rho, 1e-9),
        ):
            assert Budget(**{field: value}, resolution=24, num_classes=10).violation(architecture) is None
            assert Budget(**{field: value - step}, resolution=24, num_classes=10).violation(architecture) == field
    assert str(Budget(params=1_000_000, layers=18)) == "params ≤ 1,000,000, layers ≤ 18"
    assert str(Budget()) == "none"
