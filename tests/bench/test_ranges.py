"""Settings out of range and files nested deeply end in one line."""

from pathlib import Path

import pytest
from zsbench.bench import toml
from zsbench.bench.errors import UsageError
from zsbench.bench.study import config


def refused(*settings: str) -> str:
    with pytest.raises(UsageError) as error:
        config.load("quick", list(settings))
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 400
    return str(error.value)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("search.evaluations=9223372036854775808", "search.evaluations: Input should be less than or equal to"),
        ("correlation.samples=99999999999999999999", "correlation.samples"),
        (f"budget.params={'9' * 400}", "budget.params"),
        (f"budget.params={'9' * 5000}", "budget.params"),
        ("seeds=[4294967296]", "seeds.0"),
        ("score.resolution=1000000000", "score.resolution"),
        ("train.resolution=99999", "train.resolution"),
        ("score.resolution=30000", "16 images of 30000×30000 pixels"),
        ("score.overrides.zen.batch_size=1000000000", "score.overrides.zen: 1000000000 images"),
    ],
)
def test_numbers_that_nothing_can_hold_are_refused_at_once(setting: str, message: str) -> None:
    assert message in refused(setting)


def test_a_setting_is_one_line() -> None:
    assert "more than one line" in refused("search.evaluations=3\nseeds=[5]")
    assert "more than one line" in refused("description=a\rname='b'")


def test_what_is_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    assert "nested too deeply" in refused("seeds=" + "[" * 20_000)
    path = tmp_path / "deep.toml"
    path.write_text("x = " + "[" * 100_000)
    with pytest.raises(UsageError, match="nested too deeply"):
        toml.read(path)
    path.write_bytes(b"x = '\xff'")
    with pytest.raises(UsageError, match="not a valid TOML file"):
        toml.read(path)


@pytest.mark.parametrize(
    ("option", "value"),
    [("--resolution", "1000000000"), ("--seed", "99999999999"), ("--batch-size", "9999999999999999999")],
)
def test_options_are_within_the_same_ranges(run, option: str, value: str) -> None:
    code, _, err = run("score", "--space", "nasbench201", "--proxy", "params", option, value, "9")
    assert code == 2
    assert option in err
    assert len(err.splitlines()) == 1
