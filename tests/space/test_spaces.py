from collections import Counter
from random import Random

import pytest
from zsbench import space
from zsbench.space.superblocks.space import channel_choices


def test_channel_choices() -> None:
    # 8 × {2.5, 2, 1.5, 1.25, 1, 0.8, …}: 20 → 2.5·8 rounds half to even, 16; the small ones end at 8.
    assert channel_choices(8, 2048) == (8, 16)
    assert channel_choices(64, 2048) == (24, 32, 40, 48, 64, 80, 96, 128, 160)
    assert channel_choices(2048, 2048)[-1] == 2048
    assert channel_choices(2048, 65536)[-1] == 5120


@pytest.mark.parametrize("name", ["resnet", "mobilenet"])
def test_mutants_are_architectures_of_the_space(name: str) -> None:
    within, rng = space.get(name), Random(0)
    architecture = within.initial()
    for _ in range(500):
        mutant = within.mutate(architecture, rng, mutations=2)
        assert within.parse(str(mutant)) == mutant
        strides = [b.stride for b in architecture.blocks if b.stride == 2]
        assert [b.stride for b in mutant.blocks if b.stride == 2] == strides
        assert all(b.layers < 6 for b in mutant.blocks)
        if name == "mobilenet":
            assert (mutant.blocks[-1].kind, mutant.blocks[-1].out_channels) == ("SuperConvK1BNRELU", 2048)
        if space.cost(mutant).layers <= 30 and space.cost(mutant).params < 10_000_000:
            architecture = mutant


def test_one_mutation_draws_its_fields_uniformly() -> None:
    """Over many mutations of one architecture: every block, and every field of a block, equally often."""
    within, rng, draws = space.get("resnet"), Random(1), 24_000
    initial = within.initial()
    kinds, layers, outs = Counter(), Counter(), Counter()
    changed = 0
    for _ in range(draws):
        mutant = within.mutate(initial, rng)
        changed += mutant != initial
        block = mutant.blocks[2]
        unmoved = len(mutant.blocks) == len(initial.blocks)
        if unmoved and block != initial.blocks[2]._replace(in_channels=block.in_channels):
            kinds[block.kind] += 1
            layers[block.layers] += 1
            outs[block.out_channels] += 1
    # 1/6 of the mutations pick this block; only the one combination in 6·7·4·3 that changes nothing is not seen.
    share = draws / 6
    for counter, choices in ((kinds, 6), (layers, 3), (outs, len(channel_choices(32, 2048)))):
        assert len(counter) == choices
        for count in counter.values():
            assert count == pytest.approx(share / choices, abs=5 * (share / choices) ** 0.5 + 0.02 * share)
    # "Nothing may change": the stem keeps its width in one draw of two, the head in one of nine.
    assert changed == pytest.approx(draws * (1 - (1 / 2 + 1 / 9) / 6), rel=0.02)


def test_a_block_drawn_twice_is_mutated_once() -> None:
    single = space.get("resnet").starting_from("SuperConvK3BNRELU(3,64,1,1)")
    rng = Random(0)
    widths = {single.mutate(single.initial(), rng, mutations=5).blocks[0].out_channels for _ in range(2000)}
    assert widths == set(channel_choices(64, 2048))


def test_deep_blocks_are_split() -> None:
    deep = space.parse("SuperConvK3BNRELU(3,8,1,1)SuperResK3K3(8,16,2,8,7)SuperConvK1BNRELU(16,8,1,1)")
    assert str(space.split(deep)) == (
        "SuperConvK3BNRELU(3,8,1,1)SuperResK3K3(8,16,2,8,3)SuperResK3K3(16,16,1,8,4)SuperConvK1BNRELU(16,8,1,1)"
    )


def test_equal_seeds_walk_alike() -> None:
    within = space.get("resnet")
    assert [within.random(Random(5)) for _ in range(3)] == [within.random(Random(5)) for _ in range(3)]
    assert within.random(Random(5)) != within.random(Random(6))


def test_unknown_space() -> None:
    with pytest.raises(ValueError, match="unknown space 'foo'; there are: resnet, mobilenet"):
        space.get("foo")
