"""The leaderboard that is kept is the one that the stored rows give."""

from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_is_what_the_command_writes(run, tmp_path: Path) -> None:
    code, _, err = run("leaderboard", "--out", str(tmp_path / "docs" / "leaderboard.md"))
    assert code == 0, err
    written = (tmp_path / "docs" / "leaderboard.md").read_text()
    assert written == (ROOT / "docs" / "leaderboard.md").read_text(), "run `zsbench leaderboard` and commit the page"
    assert (tmp_path / "docs" / "images" / "leaderboard.png").stat().st_size > 10_000


def test_a_row_is_added_by_one_command(run, tmp_path: Path, monkeypatch) -> None:
    import shutil

    import pandas as pd
    from zsbench.bench.tabular import trained
    from zsbench.proxies import registry

    monkeypatch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY))
    shutil.copytree(trained.find("cifar-small").folder, tmp_path / "shipped" / "cifar-small")
    monkeypatch.setattr(trained, "FOLDER", tmp_path / "shipped")
    mine = tmp_path / "mine.py"
    mine.write_text(
        "from zsbench import proxy\n\n\n@proxy('new_row', needs='architecture', deterministic=True)\n"
        "def new_row(architecture, setting):\n    return float(architecture.layers)\n"
    )
    out = tmp_path / "leaderboard.md"
    asked = ("leaderboard", "--out", str(out), "--add", "new_row", "--import", str(mine), "--workers", "1")
    code, _, err = run(*asked)
    assert code == 0, err
    assert "cifar-small: 52 scores by new_row are new" in err
    assert "| `new_row` " in out.read_text()
    code, _, err = run(*asked)
    assert code == 0
    assert "cifar-small: 0 scores by new_row are new" in err
    assert "new_row" in pd.read_csv(tmp_path / "shipped" / "cifar-small" / "proxies.csv").proxy.tolist()
