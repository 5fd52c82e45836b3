"""A user's file is run as a script is: with the modules beside it."""

import sys
from pathlib import Path

import pytest
from conftest import SHARED
from zsbench import proxies


def write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text)
    return path


def test_modules_and_packages_beside_the_file_are_found(tmp_path: Path) -> None:
    write(tmp_path, "beside_one.py", "VALUE = 1\n")
    write(tmp_path / "beside_two", "__init__.py", "from .inner import VALUE\n")
    write(tmp_path / "beside_two", "inner.py", "VALUE = 2\n")
    path = write(tmp_path, "mine.py", "import beside_one, beside_two\ntotal = beside_one.VALUE + beside_two.VALUE\n")
    assert proxies.run_file(path).total == 3
    assert proxies.module_of(path).total == 3


def test_a_module_that_is_imported_when_a_function_is_called_is_found_too(tmp_path: Path) -> None:
    write(tmp_path, "beside_late.py", "VALUE = 5\n")
    path = write(tmp_path, "mine.py", "def late():\n    import beside_late\n    return beside_late.VALUE\n")
    assert proxies.run_file(path).late() == 5


def test_two_folders_have_a_helper_each(tmp_path: Path) -> None:
    found = []
    for name in ("a", "b"):
        write(tmp_path / name, "beside_helper.py", f"NAME = {name!r}\n")
        found.append(proxies.run_file(write(tmp_path / name, "mine.py", "from beside_helper import NAME\n")).NAME)
    assert found == ["a", "b"]


def test_installed_modules_are_not_hidden_afterwards(tmp_path: Path) -> None:
    write(tmp_path, "colorsys.py", "MINE = True\n")
    loaded = sys.modules.pop("colorsys", None)
    proxies.run_file(write(tmp_path, "mine.py", "x = 1\n"))
    import colorsys

    assert not hasattr(colorsys, "MINE")
    assert sys.path[0] != str(tmp_path)
    if loaded is not None:
        sys.modules["colorsys"] = loaded


def test_a_failing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"mine.py: ModuleNotFoundError: No module named 'beside_nowhere'"):
        proxies.run_file(write(tmp_path, "mine.py", "import beside_nowhere\n"))


def test_the_case_of_a_helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = SHARED / "cases" / "uses_helper.py"
    if not case.exists():
        pytest.skip("cases are not here (set ZSBENCH_SHARED)")
    monkeypatch.setattr("zsbench.proxies.registry._REGISTRY", dict(proxies.registry._REGISTRY))
    with pytest.raises(ValueError, match="zsbench has it as `from zsbench import proxy`"):
        proxies.load_file(case)  # it imports what earlier versions had
    write(tmp_path, "helper.py", (case.parent / "helper.py").read_text())
    path = write(tmp_path, "uses_helper.py", case.read_text().replace("from proxies", "from zsbench"))
    assert proxies.load_file(path) == ["with_helper"]
