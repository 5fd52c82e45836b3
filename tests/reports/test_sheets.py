import io
import re

import pandas as pd
import pytest
import synthetic_study

from reports.statistics import EXPLAINED, STATISTICS, Evidence, markdown, sheets, together
from reports.table import csv
from results import Store, better, correlations, score_noise

PROXIES = ["zen", "params", "random"]
COUNT = len(PROXIES) + 2


def gather(store):
    return Evidence(correlations(store), better(store), score_noise(store), store.proxies())


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    path = tmp_path_factory.mktemp("statistics") / "results.sqlite"
    with synthetic_study.build(path, PROXIES, samples=15, broken=True, relative=True, again=(1,)) as store:
        return gather(store)


def test_there_is_a_table_for_each_data_set_and_one_of_noise(evidence):
    tables = sheets(evidence)
    assert [table.title for table in tables] == ["CIFAR-10", "CIFAR-100", "Noise of the scores"]
    for table in tables:
        assert len(table.rows) == COUNT
        assert {len(row) for row in table.rows} == {len(table.header)}
    assert tables[0].header == ["Proxy", "n", *STATISTICS.values(), "τ − params", "p"]


def test_every_statistic_has_its_interval_and_the_best_is_bold(evidence):
    table = sheets(evidence)[0]
    rows = {row[0].text: row for row in table.rows}
    for place in range(2, 9):
        if table.header[place] != "top-10% τ":  # of the few architectures here all may tie
            assert re.fullmatch(r"-?\d\.\d\d \[-?\d\.\d\d, -?\d\.\d\d\]", rows["zen"][place].text)
        assert any(row[place].best for row in table.rows)
    assert rows["params"][-3].text == "–", "it knows nothing but size"
    assert [cell.text for cell in rows["params"][-2:]] == ["–", "–"]
    assert re.fullmatch(r"\d\.\d{3}", rows["random"][-1].text)
    assert all(cell.text == "–" for cell in rows[synthetic_study.BROKEN][2:])


def test_the_noise_of_a_deterministic_proxy_is_named_or_measured(evidence):
    icc = {row[0].text: row[1].text for row in sheets(evidence)[-1].rows}
    assert icc["zen"] == "1.00 [1.00, 1.00]"
    assert icc[synthetic_study.BROKEN] == "deterministic"
    assert icc[synthetic_study.RELATIVE].startswith("0.")


def test_the_markdown_says_what_each_statistic_answers(evidence):
    text = markdown(evidence)
    assert text.count("\n## ") + text.startswith("## ") == 3
    for name, _ in EXPLAINED:
        assert f"- **{name}**" in text
    for name in (*STATISTICS.values(), "τ − params", "ICC"):
        assert any(name in explained for explained, _ in EXPLAINED), name


def test_the_frame_holds_all_at_full_precision(evidence):
    frame = together(evidence)
    assert len(frame) == 2 * COUNT
    assert not frame.columns.duplicated().any()
    back = pd.read_csv(io.StringIO(csv(frame)))
    zen = back.query("proxy == 'zen' and dataset == 'cifar100'").iloc[0]
    pair = evidence.better.query("proxy == 'zen' and dataset == 'cifar100'").iloc[0]
    noise = evidence.noise.set_index("proxy").loc["zen"]
    assert zen["ndcg_low"] == evidence.correlations.query("proxy == 'zen' and dataset == 'cifar100'")["ndcg_low"].item()
    assert (zen["difference"], zen["difference_high"], zen["difference_p"]) == (pair.difference, pair.high, pair.p)
    assert (zen["difference_n"], zen["baseline"]) == (15, "params")
    assert (zen["icc"], zen["icc_architectures"], zen["icc_seeds"]) == (noise.icc, 15, 2)
    assert back.query("proxy == 'params'")["difference"].isna().all()


def test_without_params_nothing_is_compared(tmp_path):
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen"], ["cifar10"], samples=6) as store:
        evidence = gather(store)
    assert sheets(evidence)[0].header[-1] == "partial ρ"
    assert together(evidence)["difference"].isna().all()


def test_a_study_without_rows_has_no_table(tmp_path):
    with Store(tmp_path / "results.sqlite") as store:
        evidence = gather(store)
    assert sheets(evidence) == []
    assert together(evidence).empty
    assert markdown(evidence).startswith("Brackets")
