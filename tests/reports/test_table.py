import io
import math
import re

import pandas as pd
import pytest
import synthetic_study
from zsbench.reports import csv, latex, legend, markdown, wide
from zsbench.reports.escaping import latex as escape
from zsbench.reports.table import cells
from zsbench.reports.text import amount, bounded, brief, dataset_label, file_stem, interval, wrap
from zsbench.results import Store, comparison, with_references


@pytest.fixture(scope="module")
def frame(tmp_path_factory):
    path = tmp_path_factory.mktemp("table") / "results.sqlite"
    with synthetic_study.build(path, proxies=["zen", "params", "random"], samples=10, broken=True) as store:
        return comparison(store)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (999, "999"),
        (31_200, "31.2k"),
        (980_000, "0.98M"),
        (1_000_000, "1.00M"),
        (74_047_834, "74.0M"),
        (401e6, "401M"),
        (1.2e9, "1.20G"),
        (math.nan, "–"),
        (None, "–"),
        (pd.NA, "–"),
    ],
)
def test_amounts(number, text):
    assert amount(number) == text


def test_numbers_and_names():
    assert interval(97.04, 0.26) == "97.0 ± 0.3"
    assert interval(97.04, math.nan) == "97.0"
    assert bounded(0.614, 0.42, 0.75) == "0.61 [0.42, 0.75]"
    assert bounded(math.nan, math.nan, math.nan) == "–"
    assert [brief(number) for number in (0.00213, 0.2, 1, 9.96, 42.4, 12345.6, math.nan)] == [
        "0.0021", "0.2", "1", "10", "42", "12346", "–",
    ]  # fmt: skip
    assert dataset_label("imagenet16_120") == "ImageNet16-120"
    assert wrap("my_broken_proxy_with_a_long_name", 18) == "my_broken_proxy_\nwith_a_long_name"
    assert wrap("x" * 25, 20) == "x" * 20 + "\n" + "x" * 5
    assert file_stem("../a b/c") == ".._a_b_c"


def reaching(frame, **columns):
    """The comparison with other columns on CIFAR-10, and without letters on CIFAR-100."""
    reached = frame.accuracies.copy()
    reached["letters"] = ""
    for name, values in columns.items():
        reached.loc[reached["dataset"] == "cifar10", name] = values
    return frame._replace(accuracies=reached)


def test_all_that_cannot_be_told_from_the_best_are_bold(frame):
    letters = ["ab", "bc", "c", ""]
    header, rows = cells(reaching(frame, letters=letters, mean=[95, 94, 93, math.nan]))
    column = header.index("CIFAR-10 measured, %")
    assert [row[column].letters for row in rows] == letters
    assert [row[column].best for row in rows] == [True, True, False, False]
    assert not any(row[header.index("CIFAR-100 measured, %")].best for row in rows), "without letters none is the best"


def test_letters_stand_beside_the_accuracy(frame):
    frame = reaching(frame, letters=["ab", "b", "c", ""])
    first, half = frame.on("cifar10").loc[0, ["mean", "half"]]
    assert f"{interval(first, half)}** ab |" in markdown(frame)
    assert r"\textsuperscript{ab}" in latex(frame)


def test_rows_that_are_no_proxies_stand_last_in_italics(tmp_path):
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen", "params"], ["cifar10"], samples=12) as store:
        frame = with_references(store, comparison(store))
    header, rows = cells(frame)
    assert [row[0].aside for row in rows] == [False, False, True, True]
    last = markdown(frame).splitlines()[5].split("|")
    assert last[1].strip() == "*best of 10 trained random networks*"
    assert re.fullmatch(r"\*\d\d\.\d \[\d\d\.\d, \d\d\.\d\]\*", last[2].strip())
    assert "–" in last[3]
    text = latex(frame)
    assert r"\midrule \emph{random network}" in text
    assert r"\emph{best of 10 trained random networks}" in text
    assert len(csv(wide(frame)).splitlines()) == 5
    assert header.index("Winners") < header.index("Params")
    assert rows[0][header.index("Winners")].text == "2 of 2"


def test_columns_that_nothing_fills_are_left_out(frame, tmp_path):
    header, _ = cells(frame)
    assert not [title for title in header if "regret" in title]
    assert "Regret" not in legend(frame)
    with synthetic_study.build(
        tmp_path / "results.sqlite", ["entropy"], ["cifar10", "imagenet16_120"], samples=4, best=True
    ) as store:
        tabular = comparison(store)
    header, rows = cells(tabular)
    assert header[1:5] == [
        "CIFAR-10 measured, %",
        "CIFAR-10 regret, pp",
        "ImageNet16-120 measured, %",
        "ImageNet16-120 regret, pp",
    ]
    assert rows[0][2].text == f"{99.5 - tabular.on('cifar10').at[0, 'mean']:.2f}"
    assert rows[0][header.index("s / network")].text == "0.2"
    assert "Published" not in legend(tabular)
    assert "Regret" in legend(tabular)
    assert {len(row) for row in rows} == {len(header)}
    assert r"\shortstack[r]{regret\\pp}" in latex(tabular)


def test_markdown_has_a_column_for_each_title_and_its_legend(frame):
    text = markdown(frame)
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len(lines) == 2 + len(frame.searches)
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}) == 1
    assert len({len(line) for line in lines}) == 1
    unpadded = " ".join(text.split())
    assert "| zen |" in unpadded
    assert "| 96.2 |" in unpadded
    assert text.rstrip().endswith(legend(frame))
    assert "error 300" in lines[-1]
    assert "| – |" in " ".join(lines[-1].split())
    for words in ("95 % Student t", "n = 2 search seeds", "n = 10 sampled", "1440 epochs"):
        assert words in legend(frame)


def test_csv_is_the_frame_at_full_precision(frame):
    frame = wide(frame)
    back = pd.read_csv(io.StringIO(csv(frame)))
    assert list(back.columns) == list(frame.columns)
    texts = ["proxy", "statuses", "kind", *(column for column in frame if column.startswith("letters_"))]
    numbers = frame.drop(columns=texts)
    pd.testing.assert_frame_equal(back[list(numbers)], numbers, check_dtype=False, rtol=1e-15)
    assert back["proxy"].tolist() == frame["proxy"].tolist()


def test_latex_is_a_balanced_escaped_table(frame):
    text = latex(frame)
    assert r"my\_broken\_proxy\_with\_a\_long\_name" in text.replace(r"\allowbreak{}", "")
    assert re.search(r"(?<!\\)#|(?<![\\u])_(?!b\$)", text) is None
    assert text.count("{") == text.count("}")
    assert text.count(r"\begin{") == text.count(r"\end{")
    for table in text.split(r"\begin{tabularx}")[1:]:
        rows = table.split(r"\midrule")[1].split(r"\bottomrule")[0].strip().splitlines()
        assert {len(re.findall(r"(?<!\\)&", row)) for row in [table.split(r"\toprule")[1].splitlines()[1], *rows]} in (
            {3}, {7},
        )  # fmt: skip
    assert text.isascii()
    assert escape("50 % & a_b\\") == r"50 \% \& a\_b\textbackslash{}"


def test_a_study_without_rows_has_a_table_too(tmp_path):
    with Store(tmp_path / "results.sqlite") as store:
        frame = comparison(store)
    assert markdown(frame).startswith("| Proxy | Winners | Params |")
    assert "tabular" in latex(frame)
    assert csv(wide(frame)).startswith("proxy,params")
