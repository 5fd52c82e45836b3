"""Versions of a proxy's code: what changes one, and what does not."""

import sys
from pathlib import Path

import pytest
from zsbench import proxies
from zsbench.proxies.version import strip


def test_every_builtin_proxy_has_a_version_that_stays() -> None:
    found = {name: proxies.version(name) for name in proxies.names()}
    assert all(len(digest) == 12 for digest in found.values())
    assert found == {name: proxies.version(name) for name in proxies.names()}
    assert found["zen"] != found["naswot"]


@pytest.mark.parametrize(
    "change",
    ["# a comment\n", '"""Another docstring."""\n', "\n\n"],
    ids=["comment", "docstring", "empty lines"],
)
def test_words_do_not_change_a_version(change: str) -> None:
    source = 'def f(x):\n    """Old."""\n    return x + 1  # add\n'
    assert strip(change + source.replace("Old", "New").replace("add", "one more")) == strip(source)
    assert strip(source) == "def f(x):\n    return x + 1"


def test_code_changes_a_version() -> None:
    assert strip("x = 1\n") != strip("x = 2\n")
    assert strip('x = "# no comment"\n') == 'x = "# no comment"'


def test_a_version_covers_what_a_proxy_stands_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tools that its module imports, and the parts of a combination."""
    before = {name: proxies.version(name) for name in ("naswot", "naswot_zen", "te_nas", "params")}
    changed = ("activations.py", "linear_regions.py")
    read = Path.read_text
    monkeypatch.setattr(Path, "read_text", lambda path, *more: read(path, *more) + "x = 1\n" * (path.name in changed))
    digest = sys.modules["zsbench.proxies.version"]._digest
    digest.cache_clear()
    after = {name: proxies.version(name) for name in before}
    digest.cache_clear()
    assert {name for name in before if before[name] != after[name]} == {"naswot", "naswot_zen", "te_nas"}


def test_a_function_without_a_file_has_a_version(register) -> None:
    scope: dict = {"__name__": "nowhere"}
    exec("def first(network, batch):\n    return 1.0\ndef second(network, batch):\n    return 2.0\n", scope)
    register(scope["first"])
    first = proxies.version("probe")
    proxies.registry._REGISTRY.pop("probe")
    proxies.proxy("probe")(scope["second"])
    assert proxies.version("probe") != first
