"""AutoAugment in batches against torchvision's, one image at a time."""

from typing import Any

import pytest
import torch
from torchvision.transforms import AutoAugment, AutoAugmentPolicy, InterpolationMode, autoaugment
from zsbench.train.augment.autoaugment import LEVELS, POLICIES, SIGNED, _magnitude, apply, draw
from zsbench.train.augment.operations import OPERATIONS
from zsbench.train.draws import make_generator

ORACLES = {"cifar10": AutoAugmentPolicy.CIFAR10, "imagenet": AutoAugmentPolicy.IMAGENET}


def pictures(count: int, side: int, seed: int = 0) -> torch.Tensor:
    """Smooth ones, noisy ones, and ones of few values."""
    draws = torch.Generator().manual_seed(seed)
    coarse = torch.rand(count, 3, 4, 4, generator=draws) * 255
    images = torch.nn.functional.interpolate(coarse, (side, side), mode="bilinear").to(torch.uint8)
    images[::4] = torch.randint(256, images[::4].shape, generator=draws, dtype=torch.uint8)
    images[1::8] = images[1::8] // 100 * 90 + 17
    images[3::8, 1] = 33
    return images


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("side", [16, 31, 32])
def test_each_operation_is_torchvisions(name: str, side: int) -> None:
    images = pictures(16, side)
    levels = [_magnitude(name, level, side) for level in range(LEVELS)]
    magnitudes = sorted({sign * level for level in levels for sign in ((1, -1) if name in SIGNED else (1,))})
    for start, magnitude in enumerate(magnitudes):
        others = torch.tensor([magnitudes[(start + index) % len(magnitudes)] for index in range(len(images))])
        results = OPERATIONS[name](images, others)  # each image with another magnitude
        for image, result, drawn_magnitude in zip(images, results, others.tolist(), strict=True):
            expected = autoaugment._apply_op(image, name, drawn_magnitude, InterpolationMode.NEAREST, None)
            assert torch.equal(result, expected), magnitude


@pytest.mark.parametrize("policy", POLICIES)
def test_policies_and_magnitudes_are_torchvisions(policy: str) -> None:
    oracle = AutoAugment(ORACLES[policy])
    for pair, expected in zip(POLICIES[policy], oracle.policies, strict=True):
        assert tuple((name, p, level or 0) for name, p, level in expected) == pair
    for name, (values, signed) in oracle._augmentation_space(LEVELS, (48, 48)).items():
        mine = [_magnitude(name, level, 48) for level in range(LEVELS)]
        assert mine == (values.tolist() if values.ndim else [0.0] * LEVELS)
        assert (name in SIGNED) == signed


@pytest.mark.parametrize("policy", POLICIES)
def test_a_batch_is_its_images_one_by_one(policy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    images, oracle = pictures(400, 32), AutoAugment(ORACLES[policy])
    kept = images.clone()
    draws = draw(len(images), policy, make_generator(0, "test"))
    results = apply(images, policy, draws)
    assert torch.equal(images, kept)
    given = iter(zip(draws.policy.tolist(), draws.chance, draws.sign, strict=True))
    monkeypatch.setattr(AutoAugment, "get_params", staticmethod(lambda _: next(given)))
    expected = torch.stack([oracle(image) for image in images])
    assert torch.equal(results, expected)
    assert (results != images).flatten(1).any(1).float().mean() > 0.6


def test_draws_are_uniform_and_independent_of_the_global_state() -> None:
    state = torch.get_rng_state()
    draws = draw(50_000, "cifar10", make_generator(1, "test"))
    assert torch.equal(state, torch.get_rng_state())
    # 2,000 of each policy are expected: with 25 of them, 5 standard deviations are 220.
    assert ((draws.policy.bincount(minlength=25) - 2000).abs() < 220).all()
    assert ((draws.chance.mean(0) - 0.5).abs() < 0.01).all()
    assert ((draws.sign.float().mean(0) - 0.5).abs() < 0.012).all()


def statistics(images: Any) -> torch.Tensor:
    pixels = images.float().flatten(1)
    return torch.stack([pixels.mean(1), pixels.std(1), (pixels == 0).float().mean(1)], 1)


def test_the_distribution_is_torchvisions() -> None:
    """Of one image, augmented often by each: brightness, contrast and black pixels are distributed alike."""
    from scipy.stats import ks_2samp

    image, count = pictures(3, 32, seed=5)[2], 1500
    mine = statistics(apply(image.expand(count, -1, -1, -1), "cifar10", draw(count, "cifar10", make_generator(2, "t"))))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        oracle = AutoAugment(AutoAugmentPolicy.CIFAR10)
        others = statistics(torch.stack([oracle(image) for _ in range(count)]))
    for column in range(mine.shape[1]):
        assert ks_2samp(mine[:, column].numpy(), others[:, column].numpy()).pvalue > 0.001
    # The test can tell: the other policy is another distribution.
    odd = statistics(
        apply(image.expand(count, -1, -1, -1), "imagenet", draw(count, "imagenet", make_generator(2, "t")))
    )
    assert ks_2samp(mine[:, 0].numpy(), odd[:, 0].numpy()).pvalue < 1e-6
