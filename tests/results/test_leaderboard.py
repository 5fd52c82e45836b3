import pandas as pd
import pytest
from small_table import trained
from zsbench.results import Trained, kendall, leaderboard


def test_rows_means_and_groups() -> None:
    strengths = {"good": 5.0, "fair": 0.3, "also_fair": 0.3, "bad": -5.0}
    tables = {"one": trained(strengths, 50, 0), "two": trained(strengths | {"extra": 0.1}, 40, 1)}
    board = leaderboard(tables)
    assert len(board.rows) == 4 + 5
    one = board.rows[board.rows["table"] == "one"].set_index("proxy")
    matrix = tables["one"].matrices(["fair"], pd.Index(tables["one"].samples["architecture"]))["fair"]
    assert one.loc["fair", "tau"] == pytest.approx(kendall(matrix[:, 0], tables["one"].accuracies["accuracy"]))
    assert one.loc["good", ["rank", "rank_low", "rank_high"]].tolist() == [1, 1, 1]
    assert board.means["proxy"].tolist()[0] == "good"
    assert board.means["proxy"].tolist()[-1] == "bad"
    assert "extra" not in board.means["proxy"].tolist(), "a mean is over tables that have the proxy"
    assert [set(group) for group in board.groups] == [{"fair", "also_fair"}]


def test_the_order_of_tables_networks_and_rows_changes_no_tau() -> None:
    table = trained({"a": 1.0, "b": 0.5}, 30, 2)
    shuffled = Trained(
        table.samples.sample(frac=1, random_state=0),
        table.accuracies.sample(frac=1, random_state=1),
        table.scores.sample(frac=1, random_state=2),
        table.proxies,
    )
    assert leaderboard({"t": table}).rows.equals(leaderboard({"t": shuffled}).rows)
