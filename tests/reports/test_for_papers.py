"""The LaTeX of a report is set by LaTeX: nothing runs off the column or the page, whatever things are called."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import synthetic_study
from zsbench import proxies
from zsbench.proxies import registry
from zsbench.reports.bibliography import authors_and_year, bibliography, cited, entries
from zsbench.reports.for_papers import paper_texts
from zsbench.reports.methods import methods_markdown
from zsbench.reports.paper_table import paper
from zsbench.results import Store, comparison, facts, with_references

DOCUMENT = r"""\documentclass[%s]{article}
\usepackage{booktabs,tabularx,threeparttable}
\begin{document}
\input{methods}
\input{table_paper}
\input{table}
\bibliographystyle{plain}
\bibliography{refs}
\end{document}
"""
FACTS = {
    facts.NAME: "made up",
    facts.SPACE: "resnet",
    facts.BUDGET: {"params": 1_000_000, "layers": 18},
    facts.SEARCH: {"strategies": ["evolution"], "evaluations": 1000, "population": 256, "seeds": [0, 1]},
    facts.SCORE: {
        "protocol": "published", "resolution": 32, "batch_size": 64, "data": "noise", "seeds": [0],
        "overrides": {"zen": {"batch_size": 16}},
    },
    facts.SAMPLE: {"drawn": facts.WALKS, "seed": 0, "top": 0, "replicates": 4},
    facts.TRAINING: {
        "source": facts.TRAINED, "recipe": "fast", "epochs": 20, "datasets": ["cifar10", "cifar100"], "seeds": [0],
    },
    facts.WALL_SECONDS: 9000,
    "environment.device": "AMD EPYC",
    "environment.cores": 2,
    "environment.python": "3.11.7",
}  # fmt: skip
HOSTILE = [
    r"\input{/etc/passwd}",
    "<script>alert(1)</script> | & \\\\[9cm]",
    "x" * 500,
    "right \u202eto left \u05e9\u05dc\u05d5\u05dd 😀 é ř ß",
    r"$\frac{$ % # ~ ^ _ { } --",
]


def texts(path: Path, told: dict = FACTS, names: list[str] | None = None, **study: object) -> dict[str, str]:
    with synthetic_study.build(path, **({"proxies": names} if names else {}), **study) as store:
        facts.write(store, told)
        return paper_texts(store, with_references(store, comparison(store)))


def typeset(folder: Path, written: dict[str, str], options: str = "twocolumn") -> str:
    """What LaTeX says of the texts, the warnings of its last run."""
    if not shutil.which("pdflatex") or not shutil.which("bibtex"):
        pytest.skip("no LaTeX here")
    for name, text in written.items():
        (folder / name).write_text(text)
    (folder / "paper.tex").write_text(DOCUMENT % options)
    for command in ("pdflatex", "bibtex", "pdflatex", "pdflatex"):
        words = [command, "-interaction=nonstopmode", "-halt-on-error"] if command == "pdflatex" else [command]
        done = subprocess.run([*words, "paper"], cwd=folder, capture_output=True, text=True, errors="replace")
        assert done.returncode == 0, done.stdout[-3000:]
    return (folder / "paper.log").read_text(errors="replace")


def check(log: str) -> None:
    for trouble in ("Overfull \\hbox", "Float too large", "undefined", "Missing character"):
        assert trouble not in log, log[log.index(trouble) : log.index(trouble) + 300]


@pytest.mark.slow
@pytest.mark.parametrize(
    "study",
    [
        {"datasets": ["cifar10"]},
        {},
        {"datasets": ["cifar10", "cifar100", "imagenet16_120"], "best": True},
        {"strategies": ["evolution", "regularized"], "broken": True, "relative": True},
    ],
    ids=["one data set", "two", "three, of a table", "two strategies"],
)
@pytest.mark.parametrize("options", ["twocolumn", "letterpaper,11pt"])
def test_tables_fit_their_column_and_their_page(tmp_path: Path, study: dict, options: str) -> None:
    check(typeset(tmp_path, texts(tmp_path / "a.sqlite", **study), options))


@pytest.mark.slow
def test_hostile_names_are_set_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY))
    for place, title in enumerate(HOSTILE):
        proxies.proxy(f"hostile{place}", title=title, cite=title)(lambda network, batch: 1.0)
    names = ["zen", *HOSTILE, *(f"hostile{place}" for place in range(len(HOSTILE)))]
    told = FACTS | {facts.SPACE: HOSTILE[0], "environment.device": HOSTILE[1]}
    told |= {facts.TRAINING: FACTS[facts.TRAINING] | {"recipe": HOSTILE[4], "datasets": [HOSTILE[3], HOSTILE[2]]}}
    written = texts(tmp_path / "a.sqlite", told, names, datasets=["cifar10", HOSTILE[1]], samples=12)
    assert not [name for name, text in written.items() if not name.endswith(".md") and r"\input" in text]
    log = typeset(tmp_path, written)
    for trouble in ("Overfull \\hbox", "Float too large"):
        assert trouble not in log.split("paper.bbl")[0], trouble


def test_the_small_table_has_a_short_caption_a_label_and_notes(tmp_path: Path) -> None:
    table = texts(tmp_path / "a.sqlite", names=["zen", "flops"], samples=12)["table_paper.tex"]
    caption = re.search(r"\\caption\{(.*)\}\\label\{tab:zsbench\}", table)
    assert caption
    assert len(caption[1].split()) <= 40
    assert r"\begin{tablenotes}" in table
    assert r"\multicolumn{5}{c}{CIFAR-10}" in table or r"\multicolumn{4}{c}{CIFAR-10}" in table
    assert "Zen-NAS" in table
    assert "FLOPs" in table
    assert r"96 & .2" in table, "published, by its decimal point"


def test_no_row_is_bold_where_no_method_can_be_told_from_the_best(tmp_path: Path) -> None:
    with synthetic_study.build(tmp_path / "a.sqlite", ["zen", "flops", "random"], ["cifar10"], samples=12) as store:
        frame = comparison(store)
    reached = frame.accuracies
    tied = paper(frame._replace(accuracies=reached.assign(letters="a")))
    assert r"\textbf" not in tied
    assert "On CIFAR-10 no method can be told from the best" in tied
    apart = paper(frame._replace(accuracies=reached.assign(letters=["a", "ab", "b"], mean=[95.0, 94.0, 93.0])))
    assert apart.count(r"\textbf") == 2
    assert "cannot be told from it" in apart


def test_a_search_that_has_not_converged_is_marked(tmp_path: Path) -> None:
    with synthetic_study.build(tmp_path / "a.sqlite", ["zen", "flops"], ["cifar10"], samples=12) as store:
        frame = comparison(store)
    told = paper(frame._replace(searches=frame.searches.assign(score_percentile=[100.0, 97.0])))
    assert r"FLOPs\tnote{$\dagger$}" in told
    assert r"\item[$\dagger$]" in told


def test_a_study_without_accuracies_has_a_table(tmp_path: Path) -> None:
    written = texts(tmp_path / "a.sqlite", FACTS | {facts.TRAINING: None}, ["zen"], datasets=[])
    assert "Params & MACs" in written["table_paper.tex"]
    assert "trained alike" not in written["methods.tex"]


def test_every_entry_can_be_cited_in_words() -> None:
    told = {key: authors_and_year(entry) for key, entry in entries().items()}
    assert len(told) >= 20
    assert told["lin2021zennas"] == "Lin et al. 2021"
    assert told["tybl2025vkdnw"] == "Týbl and Neumann 2025"
    assert told["lopes2021epenas"] == "Lopes et al. 2021"


def test_the_bibliography_has_what_the_proxies_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY))
    proxies.proxy("mine", cite=["me2026", "}\\input{x"])(lambda network, batch: 1.0)
    assert cited(["zen", "mine", "nobody"]) == ["lin2021zennas", "me2026"]
    text = bibliography(["zen", "mine"])
    assert re.findall(r"^@\w+\{(.*),", text, re.MULTILINE) == ["lin2021zennas", "nguyen2024incorporated"]
    assert "% me2026: a proxy names this paper" in text
    assert "input" not in text


def test_methods_tell_the_settings(tmp_path: Path) -> None:
    with synthetic_study.build(tmp_path / "a.sqlite", ["zen", "flops"], ["cifar10"], samples=12) as store:
        facts.write(store, FACTS)
        text = methods_markdown(store)
    for words in (
        "2 zero-shot proxies with zsbench: Zen-NAS (Lin et al. 2021) and FLOPs.",
        "steady-state evolution (population 256)",
        "1,000 distinct architectures of the space resnet",
        "at most 1,000,000 parameters and at most 18 convolutions, under search seeds 0 and 1.",
        "on Gaussian noise of 32×32 pixels in batches of 64",
        "(exceptions: Zen-NAS: batch size 16)",
        "12 by independent random walks",
        "on CIFAR-10 and CIFAR-100 for 20 epochs with the recipe fast, under training seed 0.",
        "10,000 bootstrap resamples",
        "The study ran on AMD EPYC with 2 cores, with zsbench",
        "in 2.5 hours of wall time.",
    ):
        assert words in text.replace("\u00a0", " "), words


def test_a_study_of_an_earlier_version_has_its_sentences(tmp_path: Path) -> None:
    with synthetic_study.build(tmp_path / "a.sqlite", ["zen"], ["cifar10"], samples=12) as store:
        store.set_settings({facts.SEARCH: "evolution, 5 evaluations", facts.TRAINING: "fast recipe"})
        text = methods_markdown(store)
    assert "Search: evolution, 5 evaluations." in text
    assert "Training: fast recipe." in text


def test_an_empty_study_has_its_texts(tmp_path: Path) -> None:
    with Store(tmp_path / "a.sqlite") as store:
        assert set(paper_texts(store, with_references(store, comparison(store)))) >= {"refs.bib", "table_paper.tex"}
