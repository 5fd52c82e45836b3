import math
from random import Random

import numpy as np
import pytest
from scipy.stats import rankdata
from zsbench.search import RULES, Ranking

INF = math.inf


def recomputed(rule: str, history: list[tuple[float, ...]]) -> np.ndarray:
    """The value of every candidate, from the definition."""
    ranks = rankdata(history, axis=0)
    return ranks.sum(axis=1) if rule == "rank_sum" else np.log(ranks / len(history)).sum(axis=1)


def drawn(rng: Random, components: int) -> tuple[float, ...]:
    return tuple(rng.choice([-INF, INF, 0.0, -0.0, *range(-4, 5), rng.random()]) for _ in range(components))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("components", [1, 2, 5])
def test_values_are_those_of_the_definition_at_any_time(rule: str, components: int) -> None:
    rng, ranking, history = Random(components), Ranking(rule), []
    for size in range(1, 81):
        history.append(drawn(rng, components))
        ranking.add(history[-1])
        assert len(ranking) == size
        values = [ranking.value(candidate) for candidate in history]
        assert values == pytest.approx(recomputed(rule, history), abs=1e-12)


@pytest.mark.parametrize("rule", RULES)
def test_a_long_history(rule: str) -> None:
    rng, ranking = Random(0), Ranking(rule)
    history = [drawn(rng, 3) for _ in range(5000)]
    for candidate in history:
        ranking.add(candidate)
    values = [ranking.value(candidate) for candidate in history]
    assert values == pytest.approx(recomputed(rule, history), abs=1e-11)


def test_equal_products_of_ranks_are_equal_values() -> None:
    ranking = Ranking("log_rank_sum")
    for one, other, third in [(1, 6, 4), (2, 3, 3), (3, 2, 6), (4, 1, 2), (5, 4, 1), (6, 5, 5)]:
        ranking.add((one, other, third))
    # 1·6·2 = 2·3·2 = 3·2·2 = 4·1·3, as it is for every order of them; sums of logarithms differ in the last bit.
    orders = [(1, 6, 2), (2, 1, 6), (2, 3, 2), (3, 2, 2), (4, 1, 3), (3, 4, 1)]
    assert len({ranking.value(order) for order in orders}) == 1


def test_what_cannot_be_ranked_is_refused_and_not_kept() -> None:
    with pytest.raises(ValueError, match="unknown rule 'product'; there are: rank_sum, log_rank_sum"):
        Ranking("product")
    ranking = Ranking("rank_sum")
    with pytest.raises(ValueError, match="expected 1 components, got 0"):
        ranking.add(())
    ranking.add((1.0, 2.0))
    for components in ((1.0,), (1.0, 2.0, 3.0)):
        with pytest.raises(ValueError, match=f"expected 2 components, got {len(components)}"):
            ranking.add(components)
        with pytest.raises(ValueError, match=f"expected 2 components, got {len(components)}"):
            ranking.value(components)
    with pytest.raises(ValueError, match="a component is NaN"):
        ranking.add((1.0, math.nan))
    assert len(ranking) == 1
    assert ranking.value((1.0, 2.0)) == 2.0
