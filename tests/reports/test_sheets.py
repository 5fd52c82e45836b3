import io
import re

import pandas as pd
import pytest
import synthetic_study
from zsbench.reports.explained import EXPLAINED, FAILURES, MAIN, SIZE_AND_SEEDS, THE_TOP
from zsbench.reports.statistics import gather, markdown, sheets, together
from zsbench.reports.table import csv
from zsbench.results import Store
from zsbench.results import scores as scores_module

PROXIES = ["zen", "params", "flops", "random"]
COUNT = len(PROXIES) + 2
BOUNDED = r"-?\d+\.\d\d \[-?\d+\.\d\d, -?\d+\.\d\d\]"


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    path = tmp_path_factory.mktemp("statistics") / "results.sqlite"
    with synthetic_study.build(path, PROXIES, samples=15, broken=True, relative=True, again=(1,)) as store:
        yield gather(store)


def by_title(evidence):
    return {sheet.title: sheet for sheet in sheets(evidence)}


def test_there_are_tables_for_each_data_set_of_the_sample_and_of_noise(evidence):
    tables = by_title(evidence)
    parts = ("", ": size and score seeds", ": the top")
    titles = [f"{label}{part}" for label in ("CIFAR-10", "CIFAR-100") for part in parts]
    assert list(tables) == [*titles, "Size in the sample (τ)", "Noise of the scores"]
    for table in tables.values():
        assert {len(row) for row in table.rows} == {len(table.header)}
    assert tables["CIFAR-10"].header == ["Proxy", *(column.label for column in MAIN)]
    absent = {"τ within convolutions", "ρ within convolutions", "top-10% τ"}
    for part, columns in ((parts[1], SIZE_AND_SEEDS), (parts[2], (*THE_TOP, *FAILURES))):
        shown = [column.label for column in columns if column.label not in absent]
        assert tables[f"CIFAR-100{part}"].header == ["Proxy", *shown]
    assert len(tables["CIFAR-10"].rows) == len(tables["Noise of the scores"].rows) == COUNT


def test_the_main_table_has_intervals_and_the_best_is_bold(evidence):
    table = by_title(evidence)["CIFAR-10"]
    rows = {row[0].text: dict(zip(table.header, row, strict=True)) for row in table.rows}
    for label in ("τ", "ρ", "top-10 accuracy, %", "τ − size", "partial ρ"):
        assert re.fullmatch(BOUNDED, rows["zen"][label].text)
        assert sum(row[label].best for row in rows.values()) >= 1
    assert re.fullmatch(r"[01]\.\d{4}", rows["random"]["adjusted p"].text)
    assert not any(row["n"].best or row["adjusted p"].best for row in rows.values())
    assert rows["params"]["partial ρ"].text == rows["flops"]["partial ρ"].text == "–", "they are size"
    assert rows["params"]["τ − size"].text == "–"
    broken = [cell.text for cell in rows[synthetic_study.BROKEN].values()]
    assert broken[1:] == ["0", *["–"] * (len(table.header) - 2)]


def test_the_least_regret_is_the_best(evidence):
    table = by_title(evidence)["CIFAR-10: the top"]
    place = table.header.index("own optimum's regret, pp")
    regrets = [(float(row[place].text), row[place].best) for row in table.rows if row[place].text != "–"]
    assert {value for value, best in regrets if best} == {min(value for value, _ in regrets)}


def test_sizes_of_the_sample_are_a_table(evidence):
    table = by_title(evidence)["Size in the sample (τ)"]
    assert table.header == ["", "macs", "layers", "accuracy, CIFAR-10", "accuracy, CIFAR-100"]
    params = [cell.text for cell in table.rows[0]]
    assert params[0] == "params"
    assert params[1] == "1.00 [1.00, 1.00]", "multiply-adds are a multiple of the parameters here"
    assert re.fullmatch(BOUNDED, params[3])


def test_near_the_top_is_a_table_of_its_own(tmp_path):
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen"], ["cifar10"], samples=20) as store:
        names = [synthetic_study.structure(number) for number in range(8)]
        store.add_samples({"architecture": name, "stratum": "top", "seed": 0} for name in names)
        evidence = gather(store)
    table = by_title(evidence)["CIFAR-10: near the top"]
    assert table.header == ["Proxy", "n", "τ", "ρ"]
    assert table.rows[0][1].text == "8"
    assert by_title(evidence)["CIFAR-10"].rows[0][1].text == "20"


def test_a_whole_space_is_named_and_has_no_intervals(tmp_path, monkeypatch):
    monkeypatch.setattr(scores_module, "WHOLE", 10)
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen"], ["cifar10"], samples=12) as store:
        evidence = gather(store)
    table = sheets(evidence)[0]
    assert table.title == "CIFAR-10 (all architectures: no sampling interval)"
    assert all(re.fullmatch(r"-?\d+\.\d\d|12", cell.text) for cell in table.rows[0][1:4])


def test_the_noise_of_a_deterministic_proxy_is_named_or_measured(evidence):
    icc = {row[0].text: row[1].text for row in sheets(evidence)[-1].rows}
    assert icc["zen"] == "1.00 [1.00, 1.00]"
    assert icc[synthetic_study.BROKEN] == "deterministic"
    assert icc[synthetic_study.RELATIVE].startswith("0.")


def test_the_markdown_says_what_each_statistic_answers(evidence):
    text = markdown(evidence)
    assert text.count("\n## ") + text.startswith("## ") == 8
    told = " ".join(name for name, _ in EXPLAINED).replace(",", "").split()
    for name, _ in EXPLAINED:
        assert f"- **{name}**" in text
    for column in (*MAIN[1:], *SIZE_AND_SEEDS, *THE_TOP, *FAILURES):
        for word in column.label.removesuffix(", %").removesuffix(", pp").replace(",", "").split():
            assert word in told, column.label


def test_the_frame_holds_all_at_full_precision(evidence):
    frame = together(evidence)
    assert len(frame) == 2 * COUNT
    assert not frame.columns.duplicated().any()
    back = pd.read_csv(io.StringIO(csv(frame)))
    zen = back.query("proxy == 'zen' and dataset == 'cifar100'").iloc[0]

    def row(part):
        return part.query("proxy == 'zen' and dataset == 'cifar100'").iloc[0]

    pair, size, optimum = row(evidence.better), row(evidence.size), row(evidence.optima)
    noise = evidence.noise.set_index("proxy").loc["zen"]
    assert zen["ndcg_low"] == row(evidence.correlations)["ndcg_low"]
    assert zen["top_k_accuracy"] == row(evidence.correlations)["top_k_accuracy"]
    assert (zen["difference"], zen["difference_high"], zen["difference_p"]) == (pair.difference, pair.high, pair.p)
    assert (zen["difference_n"], zen["baseline"]) == (15, "params")
    assert zen["difference_p_adjusted"] == pair.p_adjusted
    assert (zen["size_difference"], zen["size_baseline"]) == (size.difference, "max(params, flops)")
    assert zen["size_difference_p_adjusted"] == size.p_adjusted
    assert (zen["optimum_regret"], zen["optimum_architecture"]) == (optimum.optimum_regret, optimum.architecture)
    assert (zen["icc"], zen["icc_architectures"], zen["icc_seeds"]) == (noise.icc, 15, 2)
    assert back.query("proxy == 'params'")["difference"].isna().all()


def test_without_params_nothing_is_compared(tmp_path):
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen"], ["cifar10"], samples=12) as store:
        evidence = gather(store)
    assert sheets(evidence)[0].header == [*("Proxy", "n", "τ", "ρ", "top-10 accuracy, %", "τ within size", "partial ρ")]
    assert together(evidence)["difference"].isna().all()
    assert "failed" not in sheets(evidence)[2].header, "nothing failed"


def test_a_study_without_rows_has_no_table(tmp_path):
    with Store(tmp_path / "results.sqlite") as store:
        evidence = gather(store)
    assert sheets(evidence) == []
    assert together(evidence).empty
    assert markdown(evidence).startswith("Brackets")
