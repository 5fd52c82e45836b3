import math
import random
import struct

import pytest
from zsbench.results.cells import EMPTY, read, written


@pytest.mark.parametrize(
    ("kind", "value", "cell"),
    [
        ("text", None, ""),
        ("text", "", EMPTY),
        ("text", "|none~0|+|", "|none~0|+|"),
        ("text", "=HYPERLINK('x')", "\\u003dHYPERLINK('x')"),
        ("text", "two\nlines\r\n", r"two\nlines\r\n"),
        ("text", "nul\0, tab\t, \\e, \x85\u2028", r"nul\u0000, tab\u0009, \\e, \u0085\u2028"),
        ("text", "ü 中 😀 \\u00e4", "ü 中 😀 \\\\u00e4"),
        ("integer", -(2**63), "-9223372036854775808"),
        ("real", 0.1 + 0.2, "0.30000000000000004"),
        ("real", -math.inf, "-inf"),
        ("flag", 1, "true"),
        ("flag", 0, "false"),
        ("json", "[1.0, -Infinity]", "[1.0, -Infinity]"),
    ],
)
def test_a_value_is_written_and_read_back(kind, value, cell):
    assert written(kind, value) == cell
    again = read(kind, cell)
    assert again == value
    assert type(again) is type(value)


def test_any_text_is_one_line_and_comes_back():
    rng = random.Random(0)
    for _ in range(2000):
        text = "".join(chr(rng.choice([rng.randrange(0x3000), *b'\\\n\r",uxe0'])) for _ in range(rng.randrange(1, 12)))
        cell = written("text", text)
        assert len(cell.splitlines()) == 1
        assert read("text", cell) == text


def test_any_float_comes_back_to_its_last_bit():
    rng = random.Random(0)
    for _ in range(2000):
        (value,) = struct.unpack("d", rng.randbytes(8))
        if not math.isnan(value):
            assert struct.pack("d", read("real", written("real", value))) == struct.pack("d", value)


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        ("text", r"\x"),
        ("text", "ends in \\"),
        ("text", r"\u12"),
        ("text", r"\ud800"),
        ("integer", "1.0"),
        ("integer", "1_0"),
        ("integer", " 1"),
        ("integer", "007"),
        ("integer", "9223372036854775808"),
        ("real", "nan"),
        ("real", "1_0.0"),
        ("real", "fast"),
        ("flag", "1"),
        ("json", "[1,"),
        ("json", "[" * 100_000),
    ],
)
def test_what_is_no_value_is_refused(kind, cell):
    with pytest.raises(ValueError, match=r"."):
        read(kind, cell)


@pytest.mark.parametrize("text", ["=cmd|'/c calc'!A0", "+1", "-x", "@SUM(A1)", "a=b", "\\u003d", "'=1", "\t=1"])
def test_no_text_begins_like_a_formula_and_each_is_read_back(text: str) -> None:
    cell = written("text", text)
    assert cell[0] not in "=+-@\t\r"
    assert read("text", cell) == text


def test_numbers_keep_their_sign() -> None:
    assert written("real", -1.5) == "-1.5"
    assert written("integer", -3) == "-3"
