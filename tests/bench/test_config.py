from pathlib import Path

import pytest
from zsbench import proxies
from zsbench.bench import toml
from zsbench.bench.errors import UsageError
from zsbench.bench.study import config

MINIMAL = 'name = "mine"\nproxies = ["zen"]\n'


def test_every_preset_is_valid_and_described() -> None:
    assert set(config.presets()) >= {"quick", "cifar-small"}
    for name, description in config.presets().items():
        study = config.load(name, [])
        assert study.name == name
        assert description
        assert study.limits().violation(study.search_space().initial()) is None, "a search has to be able to start"


def test_the_presets_hold_all_twelve_proxies() -> None:
    for name in ("quick", "cifar-small"):
        study = config.load(name, [])
        assert len(study.proxies) == 12
        assert len(study.seeds) >= 2


def test_settings_go_on_top(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(MINIMAL)
    study = config.load(
        str(path),
        ["search.evaluations=7", "seeds=[3,4]", "train.datasets=['digits']", "score.protocol=uniform"],
        {"random": "abc"},
    )
    assert study.search.evaluations == 7
    assert study.seeds == [3, 4]
    assert study.score.protocol == "uniform"
    assert study.proxies == ["zen", "random"]


def test_the_resolved_study_is_read_back_equal(tmp_path: Path) -> None:
    for name in config.presets():
        study = config.load(name, [])
        assert config.validate(toml.loads(study.to_toml()), "again") == study
        assert "lag" in study.to_toml(), "defaults are written out"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("serch.evaluations=3", "unknown key 'serch'"),
        ("search.evaluation=3", "unknown key 'search.evaluation'"),
        ("search.evaluations=ten", "search.evaluations: .*integer.*'ten'"),
        ("search.evaluations=1.5", "search.evaluations: "),
        ("search.evaluations=-1", "search.evaluations: .*greater than or equal to 0"),
        ("search.evaluations=true", "search.evaluations: "),
        ("seeds=[]", "seeds: "),
        ("seeds=[-1]", "seeds.0: "),
        ("proxies=['zen','zne']", "proxies: unknown 'zne'; there are: .*zen"),
        ("proxies=['zen','zen']", "proxies: zen is given twice"),
        ("train.seeds=[0,1,0]", "train.seeds: 0 is given twice"),
        ("score.limit=inf", "score.limit: "),
        ("score.limit=1e12", "score.limit: "),
        ("proxies=zen", "proxies: "),
        ("space.name=foo", "space.name: unknown 'foo'"),
        ("space.initial=Foo(1,2)", r"space.initial: block 1 \(character 1\): unknown block 'Foo'"),
        ("search.strategies=['luck']", "search.strategies: unknown 'luck'; there are: evolution, .*local"),
        ("search.strategies=['random','random']", "search.strategies: random is given twice"),
        ("search.strategies=[]", "search.strategies: "),
        ("search.strategies=random", "search.strategies: "),
        ("search.strategy=luck", "search.strategies: unknown 'luck'"),
        ("score.protocol=mine", "score.protocol: unknown 'mine'"),
        ("score.data=mnist", "score.data: unknown 'mnist'"),
        ("train.datasets=['mnist']", "train.datasets: unknown 'mnist'"),
        ("train.recipe=slow", "train.recipe: unknown 'slow'"),
        ("name=../up", "name: "),
        ("name.x=1", "'name' is a single value, not a section"),
        ("search", "--set search: expected key=value"),
        ("=3", "--set =3: expected key=value"),
    ],
)
def test_a_bad_setting_is_refused_by_its_key(setting: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as error:
        config.load("quick", [setting])
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [("x = (", "not a valid TOML file"), ("", "name: Field required"), (MINIMAL + "[serch]\n", "unknown key 'serch'")],
)
def test_a_bad_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        config.load(str(path), [])


def test_unknown_presets_and_missing_files(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"unknown preset 'quik'; there are: .*quick, or a \.toml file"):
        config.load("quik", [])
    with pytest.raises(UsageError, match="No such file"):
        config.load(str(tmp_path / "absent.toml"), [])


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "binary.toml"
    path.write_bytes(b'name = "\xff"')
    with pytest.raises(UsageError, match="not a valid TOML file"):
        config.load(str(path), [])


def test_a_data_root_is_a_text_whatever_it_looks_like() -> None:
    assert config.load("quick", [], data_root="2024").train.data_root == "2024"


def test_a_study_from_before_there_were_several_strategies_is_read() -> None:
    one = config.load("quick", ["search.strategy=random"])
    assert one == config.load("quick", ["search.strategies=['random']"])
    assert "strategy =" not in one.to_toml()
    with pytest.raises(UsageError, match=r"unknown key 'search\.strategy'"):
        config.load("quick", ["search.strategy=random", "search.strategies=['local']"])


def test_to_validate_registers_nothing_and_to_load_does() -> None:
    raw = {"name": "x", "proxies": ["only_here"], "combinations": {"only_here": {"proxies": ["zen", "params"]}}}
    assert config.validate(raw, "x").proxies == ["only_here"]
    assert "only_here" not in proxies.names()
    config.load("quick", ["combinations.only_here.proxies=['zen','params']"])
    assert "only_here" in proxies.names()


def test_a_proxy_whose_file_is_not_given_is_told_from_a_slip() -> None:
    raw = {"name": "x", "proxies": ["zen", "from_a_file"], "sources": {"from_a_file": "0" * 64}}
    with pytest.raises(UsageError, match=r"x: proxies: .from_a_file. comes from a file of yours; .* with --import"):
        config.validate(raw, "x")
