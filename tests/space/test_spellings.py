import pandas as pd
import pytest
from conftest import SHARED
from zsbench import space

CELLS, MACRO = space.get("nasbench201"), space.get("nasbench_macro")
TEXT = "|avg_pool_3x3~0|+|skip_connect~0|nor_conv_3x3~1|+|nor_conv_1x1~0|avg_pool_3x3~1|none~2|"
# In NASLib's order: edges 0→1, 0→2, 0→3, 1→2, 1→3, 2→3; operations skip, none, 3×3, 1×1, pooling.
NASLIB = "(4, 0, 3, 2, 4, 1)"


@pytest.mark.parametrize(
    "written",
    [
        NASLIB,
        "[4,0,3,2,4,1]",
        f"Structure(4 nodes with {TEXT})",
        f"CellStructure(4 nodes with {TEXT})",
        f' "{TEXT}"\n',
        f"\ufeff'{TEXT}'",
        TEXT.replace("+", " + "),
    ],
)
def test_other_spellings_of_a_cell(written: str) -> None:
    assert str(CELLS.parse(written)) == TEXT
    assert str(space.parse(written)) == TEXT


def test_cells_by_their_index_in_nats_bench() -> None:
    assert str(CELLS.parse("9")) == "|avg_pool_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|nor_conv_3x3~2|"
    third = "|avg_pool_3x3~0|+|avg_pool_3x3~0|nor_conv_1x1~1|+|none~0|avg_pool_3x3~1|nor_conv_3x3~2|"
    assert str(CELLS.parse("123")) == third
    with pytest.raises(ValueError, match="at most 15624"):
        CELLS.parse("15625")
    with pytest.raises(ValueError, match="three nodes"):
        CELLS.parse("012")  # of NAS-Bench-Macro, without its leading zeros


@pytest.mark.skipif(not (SHARED / "data").exists(), reason="the published tables are not here (set ZSBENCH_SHARED)")
def test_every_index_is_that_of_the_published_table() -> None:
    table = pd.read_csv(SHARED / "data" / "nasbench201" / "accuracy.csv")
    assert [str(CELLS.parse(str(index))) for index in table["index"]] == list(table.architecture)


@pytest.mark.parametrize("written", ["(4, 0, 3, 2, 4)", "(4, 0, 3, 2, 4, 5)", "()", "(4, -1, 3, 2, 4, 1)", "9" * 5000])
def test_what_no_cell_is_written_as_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"NASLib has 6 numbers|at most"):
        CELLS.parse(written)


@pytest.mark.parametrize("written", ["[0, 2, 0, 1, 2, 1, 0, 0]", "(0,2,0,1,2,1,0,0)", '"02012100"', "\ufeff2012100 "])
def test_other_spellings_of_a_macro_network(written: str) -> None:
    assert str(MACRO.parse(written)) == "02012100"
    assert str(space.parse(written)) == "02012100"


def test_quotes_around_a_structure() -> None:
    text = "SuperConvK3BNRELU(3,8,1,1)SuperConvK1BNRELU(8,16,1,1)"
    assert str(space.parse(f'\ufeff"{text}" ')) == text
    assert str(space.get("resnet").parse(f"'{text}'")) == text
