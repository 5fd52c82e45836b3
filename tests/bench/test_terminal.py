"""Output where stdout is not UTF-8, and input with a byte-order mark."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from zsbench.bench import terminal

ARCH = "SuperConvK3BNRELU(3,8,1,1)SuperResK3K3(8,16,1,8,1)SuperConvK1BNRELU(16,32,1,1)"
CELL = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|"


def command(*arguments: str, encoding: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    return subprocess.run(
        [sys.executable, "-m", "zsbench", *arguments], env=environment, capture_output=True, input=given, timeout=100
    )


@pytest.mark.parametrize("encoding", ["cp1252", "gbk", "ascii"])
def test_what_an_encoding_lacks_is_written_plainly(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding))
    terminal.make_streams_safe()
    print("τ 0.5 −1 ≥ 2 … █ 😀 日本 ‮", flush=True)
    text = written.getvalue().decode(encoding)
    assert text.replace("τ", "tau").startswith("tau 0.5 -1 ")
    if encoding == "ascii":
        assert text == "tau 0.5 -1 >= 2 ... # ? ?? ?\n"


def test_utf_8_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="utf-8"))
    terminal.make_streams_safe()
    print("τ −1 😀", end="", flush=True)
    assert written.getvalue().decode() == "τ −1 😀"


def test_commands_end_without_a_traceback_on_such_a_terminal(tmp_path: Path) -> None:
    done = command("inspect", ARCH, encoding="cp1252")
    assert (done.returncode, done.stderr) == (0, b"")
    assert "params" in done.stdout.decode("cp1252")
    given = b"\xef\xbb\xbf" + CELL.encode() + b"\r\n"
    scored = command("score", "--space", "nasbench201", "--proxy", "params", encoding="gbk", given=given)
    assert scored.returncode == 0, scored.stderr
    assert CELL in scored.stdout.decode("gbk")
