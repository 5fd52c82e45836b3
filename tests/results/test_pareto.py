import math

from zsbench.results import pareto
from zsbench.results.pareto import beaten_by


def test_only_what_nothing_beats_in_both_is_on_the_line() -> None:
    costs, worths = [1, 2, 3, 4, 2], [0.1, 0.3, 0.2, 0.5, 0.3]
    assert pareto(costs, worths) == [True, True, False, True, True]
    assert beaten_by(2, costs, worths) == [1, 4]
    assert beaten_by(3, costs, worths) == []


def test_what_is_not_known_is_not_on_it() -> None:
    assert pareto([1, math.nan, 2], [0.5, 0.9, math.nan]) == [True, False, False]
