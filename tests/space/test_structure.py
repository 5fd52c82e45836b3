import pytest
from conftest import PUBLISHED_1M, golden, walk
from zsbench import space
from zsbench.space.superblocks.structure import KINDS

STEM = "SuperConvK3BNRELU(3,8,1,1)"


@pytest.mark.parametrize("name", ["resnet", "mobilenet"])
def test_text_and_architecture_are_inverse(name: str) -> None:
    for architecture in walk(name, 50):
        assert space.parse(str(architecture)) == architecture
        assert hash(space.parse(str(architecture))) == hash(architecture)


def test_every_kind_is_read() -> None:
    for kind, (family, _, _) in KINDS.items():
        text = f"{STEM}{kind}(8,16,2,{'' if family == 'conv' else '8,'}2)"
        assert str(space.parse(text)) == text


def test_golden_strings_are_kept() -> None:
    for row in golden("resnet") + golden("mobilenet"):
        assert str(space.parse(row["architecture"])) == row["architecture"]


def test_block_names_and_outer_blanks_are_ignored() -> None:
    assert space.parse("  SuperConvK3BNRELU(stem|3, 8,1,1)\n") == space.parse(STEM)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "architecture is empty"),
        ("   ", "architecture is empty"),
        ("SuperResK3K3(3,8,1,8,1)", r"block 1 \(character 1\): the stem must be a SuperConv block"),
        ("SuperConvK3BNRELU(4,8,1,1)", r"block 1 \(character 1\): the stem takes 3 image channels, not 4"),
        (f"{STEM}Foo(8,8,1,1)", r"block 2 \(character 27\): unknown block 'Foo'"),
        (f"{STEM}SuperResK3K5(8,8,1,8,1)", "unknown block 'SuperResK3K5'"),
        (f"{STEM}SuperResK3K3(16,8,1,8,1)", r"block 2 .*: takes 16 channels, but the block before gives 8"),
        (f"{STEM}SuperResK3K3(8,8,1,1)", "takes 5 numbers .*, got 4"),
        (f"{STEM}SuperConvK1BNRELU(8,8,1,8,1)", "takes 4 numbers .*, got 5"),
        (f"{STEM}SuperResK3K3(8,0,1,8,1)", "out must be a whole number from 1"),
        (f"{STEM}SuperResK3K3(8,-8,1,8,1)", "out must be a whole number from 1 .*, got '-8'"),
        (f"{STEM}SuperResK3K3(8,8,3,8,1)", "stride must be a whole number from 1 to 2, got '3'"),
        (f"{STEM}SuperResK3K3(8,8,1,0,1)", "bottleneck must be a whole number"),
        (f"{STEM}SuperResK3K3(8,8,1,8,0)", "layers must be a whole number"),
        (f"{STEM}SuperResK3K3(8,8,1,8,1.5)", "layers must be a whole number"),
        (f"{STEM}SuperResK3K3(8,²,1,8,1)", "out must be a whole number"),
        (f"{STEM}SuperResK3K3(8,99999999999,1,8,1)", "out must be a whole number"),
        (f"{STEM} and more", r"block 2 \(character 27\): expected Name\(numbers\), found ' and more'"),
        (f"{STEM[:-1]}", r"block 1 \(character 1\): expected Name\(numbers\)"),
        (f"x{STEM}", "unknown block"),
        ("(3,8,1,1)", "expected Name"),
    ],
)
def test_a_bad_string_is_refused_at_its_place(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as error:
        space.parse(text)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 300


@pytest.mark.parametrize("text", [STEM * 400_000, "(" * 10_000_000, "A" * 10_000_000])
def test_a_huge_string_is_refused_unread(text: str) -> None:
    with pytest.raises(ValueError, match="characters, more than"):
        space.parse(text)


def test_a_space_refuses_foreign_blocks() -> None:
    with pytest.raises(ValueError, match="block 2: SuperResK1K7K1 is not a block of space 'mobilenet'"):
        space.get("mobilenet").parse(PUBLISHED_1M)
    assert space.get("resnet").parse(PUBLISHED_1M) == space.parse(PUBLISHED_1M)
