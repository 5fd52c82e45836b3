"""The verdict's sentences follow from the numbers, and are hedged by what they resolve."""

import math

import pandas as pd
import pytest
from zsbench.reports.page.verdict import named, verdict
from zsbench.results import Comparison
from zsbench.results.comparison import ACCURACIES, SEARCHES

LABELS = {"a": "A-NAS", "b": "B-NAS", "c": "C-NAS"}
NO_NOISE = pd.DataFrame({"dataset": [], "noise_ceiling_tau": []})


def compared(means: dict[str, float], letters: dict[str, str], half: float = 0.5, random: float | None = 50.0):
    rows = [{"kind": "proxy", "proxy": name, "strategy": ""} for name in means]
    reached = [
        {**row, "dataset": "cifar10", "mean": means[row["proxy"]], "half": half, "n": 3, "published": math.nan,
         "letters": letters[row["proxy"]]}
        for row in rows
    ]  # fmt: skip
    if random is not None:
        row = {"kind": "reference", "proxy": "random network", "strategy": ""}
        rows.append(row)
        reached.append({**row, "dataset": "cifar10", "mean": random, "half": 0.0, "n": 9, "letters": ""})
    return Comparison(pd.DataFrame(rows, columns=SEARCHES), pd.DataFrame(reached, columns=ACCURACIES))


def statistics(rows: list[tuple[str, float, float, float]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["proxy", "tau", "tau_low", "size_difference_p_adjusted"])
    return frame.assign(dataset="cifar10", n=40)


NOTHING = statistics([])


def found(comparison, statistic=NOTHING, noise=NO_NOISE) -> list[str]:
    return verdict(comparison, statistic, noise, LABELS).found["CIFAR-10"]


def test_a_tie_is_no_victory():
    told = found(compared({"a": 60, "b": 59, "c": 40}, {"a": "a", "b": "a", "c": "b"}))
    assert told[0] == (
        "A-NAS leads to the most accurate winners (60.0 % on average), but cannot be told from B-NAS; C-NAS does worse."
    )
    told = found(compared({"a": 60, "b": 59}, {"a": "a", "b": "a"}))
    assert told[0].endswith("but the searches tell none of the 2 rows apart.")
    told = found(compared({"a": 60, "b": 50}, {"a": "a", "b": "b"}))
    assert told[0].endswith("more than with any other proxy.")
    told = found(compared({"a": 60, "b": 50}, {"a": "", "b": ""}, half=math.nan))
    assert "one search seed shows no spread" in told[0]


@pytest.mark.parametrize(
    ("random", "sentence"),
    [
        (55.0, "1 of 3 rows does better than a random network; 2 do worse."),
        (70.0, "None of 3 rows does better than a random network; 3 do worse."),
        (20.0, "3 of 3 rows do better than a random network."),
        (48.2, "1 of 3 rows does better than a random network; 1 does worse and 1 cannot be told from one."),
    ],
)
def test_rows_are_held_against_a_random_network(random, sentence):
    told = found(compared({"a": 60, "b": 48, "c": 40}, {"a": "a", "b": "b", "c": "c"}, random=random))
    assert told[1] == sentence


def test_without_intervals_nothing_is_said_of_random_networks():
    told = found(compared({"a": 60, "b": 48}, {"a": "a", "b": "b"}, half=math.nan))
    assert not any("random" in sentence for sentence in told)


def test_scores_order_better_than_chance_only_where_the_interval_is_above_0():
    table = compared({"a": 60, "b": 59}, {"a": "a", "b": "a"}, random=None)
    told = found(table, statistics([("a", 0.4, 0.1, 0.5), ("b", 0.3, -0.1, math.nan)]))
    assert told[-1] == (
        "Over 40 sampled architectures, A-NAS (τ 0.40) orders accuracies better than chance; none is shown to beat "
        "counting parameters and multiply-adds."
    )
    told = found(table, statistics([("a", 0.4, 0.1, 0.01), ("b", 0.3, 0.1, 0.2)]))
    assert told[-1].endswith("order accuracies better than chance; A-NAS beats counting parameters and multiply-adds.")
    told = found(table, statistics([("a", 0.1, -0.1, math.nan)]))
    assert told[-1].endswith("no score is shown to order accuracies better than chance.")


def test_limits_say_what_is_resolved():
    noise = pd.DataFrame({"dataset": ["cifar10"], "noise_ceiling_tau": [0.64]})
    table = compared({"a": 60, "b": 59}, {"a": "a", "b": "a"})
    table = table._replace(searches=table.searches.assign(score_percentile=[100.0, 90.0, math.nan]))
    limits = verdict(table, NOTHING, noise, LABELS).limits
    assert limits[0] == "Means over 3 search seeds are known to ± 0.5 points on CIFAR-10 (95 %, median row)."
    assert "agree at τ 0.64 on CIFAR-10" in limits[1]
    assert limits[2] == "1 row has searches that have not converged."


def test_names_are_listed_while_they_are_few():
    assert named(["a"], "rows") == "a"
    assert named(["a", "b", "c"], "rows") == "a, b and c"
    assert named(["a", "b", "c", "d"], "rows") == "4 rows"
