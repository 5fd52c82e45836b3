"""Studies that look accuracies up, on tables made here: every number can be told by hand."""

import csv
import json
from pathlib import Path
from random import Random

import pandas as pd
import pytest
from conftest import zsbench
from zsbench import space
from zsbench.results import Store

CELLS = space.get("nasbench201")


def accuracy(cell: space.Cell) -> float:
    return round(10 + space.cost(cell, 32, 10).params / 20_000, 4)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All cells; CIFAR-10 grows with the parameters, CIFAR-100 falls with them."""
    path = tmp_path_factory.mktemp("table") / "accuracy.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["index", "architecture", "cifar10", "cifar100"])
        for index, cell in enumerate(CELLS.architectures()):
            grows = accuracy(cell)
            writer.writerow([index, cell, grows, 100 - grows])
    return path


SETTINGS = [
    *("--set", "search.evaluations=16", "--set", "search.population=6", "--set", "correlation.samples=8"),
    *("--set", "score.resolution=8", "--set", "score.batch_size=4", "--set", "seeds=[0]", "--workers", "1"),
]


def study(table: Path, out: Path, proxies: str, *more: str):
    return zsbench(
        *("run", "nasbench201", "--out", str(out), "--set", f"proxies={proxies}", *SETTINGS),
        *("--set", f"table={table}", *more),
        drawn=False,
    )


@pytest.fixture(scope="module")
def done(table: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("study") / "s"
    run = study(table, out, "['params','random','naswot','az_nas','vote']", "--set", "correlation.repeats=2")
    assert run.returncode == 0, run.stderr
    return out


def test_winners_and_sample_are_looked_up_and_nothing_is_trained(table: Path, done: Path) -> None:
    kept = pd.read_csv(table).set_index("architecture")
    with Store(done / "results.sqlite", read_only=True) as store:
        trainings, searches, samples, curves = store.trainings(), store.searches(), store.samples(), store.curves()
        assert len(store.epochs()) == 0
    assert set(trainings.source) == {"nasbench201"}
    assert set(trainings.architecture) == {*searches.winner, *curves.architecture, *samples.architecture}
    assert len(samples) == 8
    for row in trainings.itertuples():
        assert row.accuracy == kept.loc[row.architecture, row.dataset]
    assert not list((done / "checkpoints").iterdir())


def test_the_table_of_the_report_gives_regret_to_the_best_cell(table: Path, done: Path) -> None:
    frame = pd.read_csv(done / "report" / "table.csv").set_index("proxy")
    kept = pd.read_csv(table)
    for name in ("cifar10", "cifar100"):
        regret = kept[name].max() - frame[f"{name}_mean"]
        assert frame[f"{name}_regret"].to_numpy() == pytest.approx(regret.to_numpy())
    assert frame.loc["params", "rho_cifar10"] == pytest.approx(1)
    assert frame.loc["params", "rho_cifar100"] == pytest.approx(-1)
    # A published accuracy belongs to a network that was trained, of another space.
    assert frame.filter(like="_published").isna().all(axis=None)
    text = (done / "report" / "table.md").read_text()
    assert "CIFAR-10 regret, pp" in text
    assert "published" not in text


def test_relative_proxies_and_combinations_search_and_correlate(done: Path) -> None:
    with Store(done / "results.sqlite", read_only=True) as store:
        scores, searches = store.scores(), store.searches()
    for name, parts in (("az_nas", 4), ("vote", 3)):
        mine = scores[(scores.proxy == name) & (scores.status == "ok")]
        assert mine.value.isna().all()
        assert {len(json.loads(text)) for text in mine.components} == {parts}
        row = searches[searches.proxy == name].iloc[0]
        assert row.winner is not None
        assert pd.isna(row.value)  # ranks mean nothing outside the search
    frame = pd.read_csv(done / "report" / "correlation.csv")
    assert frame[frame.proxy == "az_nas"].tau.notna().all()


def test_repeats_tell_how_noisy_a_score_is(done: Path) -> None:
    noise = pd.read_csv(done / "report" / "statistics.csv")
    text = noise.to_string()
    assert "icc" in text.lower()
    with Store(done / "results.sqlite", read_only=True) as store:
        sampled = store.sample_scores(every_seed=True)
        names = set(store.samples().architecture)
    seeds = sampled[sampled.architecture.isin(names)].groupby("proxy").seed.agg(set)
    assert seeds["params"] == {0}  # deterministic: once is enough
    assert seeds["naswot"] == {0, 1}


def test_a_study_goes_on_where_its_table_has_moved(table: Path, done: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved.csv"
    moved.write_bytes(table.read_bytes())
    before = (done / "report" / "correlation.csv").read_bytes()
    run = study(moved, done, "['params','random','naswot','az_nas','vote']", "--set", "correlation.repeats=2")
    assert run.returncode == 0, run.stderr
    assert (done / "report" / "correlation.csv").read_bytes() == before


def test_given_architectures_without_a_search(table: Path, tmp_path: Path) -> None:
    rng = Random(0)
    texts = list(dict.fromkeys(str(CELLS.random(rng)) for _ in range(6)))
    (tmp_path / "cells.txt").write_text("\n".join(texts))
    given = f"correlation.architectures={tmp_path / 'cells.txt'}"
    run = study(table, tmp_path / "s", "['params']", "--set", "search.evaluations=0", "--set", given)
    assert run.returncode == 0, run.stderr
    with Store(tmp_path / "s" / "results.sqlite", read_only=True) as store:
        assert store.samples().architecture.tolist() == texts
        assert len(store.searches()) == 0
        assert store.scores().value.tolist() == [space.cost(space.parse(t), 8, 10, False).params for t in texts]


def test_a_partial_table_leaves_winners_without_accuracy_and_says_so(table: Path, tmp_path: Path) -> None:
    small = tmp_path / "small.csv"
    pd.read_csv(table).sample(40, random_state=0).to_csv(small, index=False)
    run = study(small, tmp_path / "s", "['random']")
    assert run.returncode == 0, run.stderr
    with Store(tmp_path / "s" / "results.sqlite", read_only=True) as store:
        failed = store.trainings(status="error")
        sampled = {CELLS.parse(text).key for text in store.samples().architecture}
    assert sampled <= {CELLS.parse(text).key for text in pd.read_csv(small).architecture}
    assert set(failed.reason) == {"the table has no such row"}


def test_a_study_is_not_continued_with_another_table(table: Path, done: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed.csv"
    changed.write_text(table.read_text().replace("cifar100", "cifar99"))
    run = study(changed, done, "['params','random','naswot','az_nas','vote']", "--set", "correlation.repeats=2")
    assert (run.returncode, len(run.stderr.strip().splitlines())) == (2, 1)
    assert "the file has changed since this study started" in run.stderr


def test_stored_scores_are_not_those_of_a_changed_proxy(done: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    text = (
        "from zsbench import proxy\n@proxy('mine', needs='architecture')\ndef mine(a, s):\n    return SIGN * a.layers\n"
    )
    asked = ("correlate", "--space", "nasbench201", "--study", str(done), "--proxy", "mine", "--import", str(mine))
    mine.write_text(text.replace("SIGN", "1"))
    assert zsbench(*asked, "--workers", "1").returncode == 0
    mine.write_text(text.replace("SIGN", "-1"))
    run = zsbench(*asked, "--workers", "1")
    assert (run.returncode, len(run.stderr.strip().splitlines())) == (2, 1)
    assert "proxy 'mine': the file has changed since this study started" in run.stderr


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--set", "table=/no/such.csv"], "/no/such.csv: No such file"),
        (["--set", "correlation.samples=20000"], "only 5260 of 20000 architectures"),
        (["--set", "correlation.architectures=/no/cells.txt"], "/no/cells.txt"),
        (["--set", "combinations.vote.proxies=['zen','zenn']"], "combinations.vote: unknown proxy 'zenn'"),
        (["--set", "budget.effectiveness=0.5"], "budget.effectiveness: defined for super-block spaces only"),
        (["--set", "combinations.vote.how=best"], "combinations.vote.how: "),
        (
            ["--set", "combinations.zen.proxies=['params','flops']"],
            "combinations.zen: proxy 'zen' is registered already",
        ),
    ],
)
def test_wrong_settings_get_one_line(table: Path, tmp_path: Path, more: list[str], message: str) -> None:
    run = study(table, tmp_path / "s", "['params','vote']", *more)
    assert run.returncode == 2
    assert message in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1


def test_correlate_prints_every_statistic_and_ranks_relative_proxies(table: Path, done: Path) -> None:
    asked = ("--space", "nasbench201", "--table", str(table), "--samples", "10", "--resolution", "8")
    both = ("--columns", "cifar10,cifar100", "--batch-size", "4")
    run = zsbench("correlate", *asked, "--proxy", "params,az_nas", *both, "--json", "--workers", "1")
    assert run.returncode == 0, run.stderr
    rows = [json.loads(line) for line in run.stdout.splitlines()]
    assert [(row["proxy"], row["dataset"], row["n"]) for row in rows] == [
        (p, d, 10) for p in ("params", "az_nas") for d in ("cifar10", "cifar100")
    ]
    assert (rows[0]["tau"], rows[1]["tau"]) == (1, -1)
    one = zsbench("correlate", *asked, "--proxy", "params,flops", "--json", "--workers", "1")
    assert [json.loads(line)["dataset"] for line in one.stdout.splitlines()] == ["cifar10"] * 2  # one line a proxy
    assert rows[0]["partial_rho"] is None  # the proxy is its own covariate
    assert {"rho_low", "weighted_tau", "top_tau_high", "precision", "ndcg_low"} <= set(rows[0])
    stored = zsbench("correlate", "--space", "nasbench201", "--proxy", "params", "--study", str(done), "--json")
    both = zsbench(
        *("correlate", "--space", "nasbench201", "--proxy", "params", "--study", str(done)),
        *("--table", str(table), "--columns", "cifar10", "--json"),
    )
    assert json.loads(both.stdout) == json.loads(stored.stdout.splitlines()[0])
    some = zsbench(
        *("correlate", "--space", "nasbench201", "--proxy", "params", "--study", str(done), "--samples", "7"),
        *("--table", str(table), "--columns", "cifar10", "--json"),
    )
    assert json.loads(some.stdout)["n"] == 7  # of the study's sample, not of the table


def test_combinations_are_imported_like_proxies(table: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(
        '[combinations.both]\nproxies = ["params", "depth"]\nhow = "weighted_sum"\nweights = [1.0, 100.0]\n'
    )
    cell = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|"
    run = zsbench(
        "score", "--space", "nasbench201", "--proxy", "params,depth,both", "--import", str(mine), "--json", cell
    )
    params, depth, both = (json.loads(line)["value"] for line in run.stdout.splitlines())
    assert both == params + 100 * depth
    mine.write_text('[combinations.both]\nproxies = ["params"]\n')
    ranked = zsbench(
        "score", "--space", "nasbench201", "--proxy", "te_nas", "--resolution", "8", "--batch-size", "4", cell
    )
    assert [float(number) for number in ranked.stdout.split("\t")[1].split()][1] > 1  # two components
    run = zsbench("score", "--space", "nasbench201", "--proxy", "both", "--import", str(mine), cell)
    assert (run.returncode, len(run.stderr.strip().splitlines())) == (2, 1)
    assert "combinations.both.proxies" in run.stderr
