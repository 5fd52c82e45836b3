"""Random erasing in batches against torchvision's, one image at a time."""

import torch
from scipy.stats import ks_2samp
from torchvision.transforms import v2
from zsbench.train.augment.erasing import erase
from zsbench.train.augment.pipeline import ERASED_AREA, ERASED_RATIO
from zsbench.train.draws import make_generator


def rectangles(images: torch.Tensor) -> torch.Tensor:
    """Top, left, height and width of what is 0 in each of images (N, 1, H, W) of ones; 0 where nothing is."""
    found = []
    for image in images[:, 0] == 0:
        ys, xs = image.nonzero(as_tuple=True)
        if len(ys) == 0:
            found.append([0, 0, 0, 0])
            continue
        top, left, height, width = int(ys[0]), int(xs.min()), int(ys[-1] - ys[0] + 1), int(xs.max() - xs.min() + 1)
        assert int(image.sum()) == height * width  # a rectangle
        found.append([top, left, height, width])
    return torch.tensor(found)


def test_rectangles_are_distributed_as_torchvisions() -> None:
    count, side = 3000, 32
    images = torch.ones(count, 1, side, side)
    mine = rectangles(erase(images, 0.5, ERASED_AREA, ERASED_RATIO, make_generator(0, "test")))
    assert bool((images == 1).all())  # the input stays
    oracle = v2.RandomErasing(0.5, ERASED_AREA, ERASED_RATIO)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        others = rectangles(torch.stack([oracle(image) for image in images]))
    share = [(found[:, 2] > 0).float().mean().item() for found in (mine, others)]
    assert abs(share[0] - 0.5) < 0.05
    assert abs(share[0] - share[1]) < 0.06
    mine, others = (found[found[:, 2] > 0].float() for found in (mine, others))
    for first, second in ((mine, others), (mine[:, 2:3] * mine[:, 3:], others[:, 2:3] * others[:, 3:])):
        for column in range(first.shape[1]):
            assert ks_2samp(first[:, column].numpy(), second[:, column].numpy()).pvalue > 0.001


def test_all_channels_lose_the_same_pixels_and_certainty_is_certain() -> None:
    images = torch.rand(50, 3, 20, 12) + 1
    erased = erase(images, 1.0, ERASED_AREA, ERASED_RATIO, make_generator(0, "test"))
    gone = erased == 0
    assert torch.equal(gone[:, 0], gone[:, 1])
    assert torch.equal(gone[:, 0], gone[:, 2])
    assert torch.equal(erased[~gone], images[~gone])
    assert bool(gone.flatten(1).any(1).all())
    assert torch.equal(erase(images, 0.0, ERASED_AREA, ERASED_RATIO, make_generator(0, "test")), images)


def test_what_never_fits_is_not_erased() -> None:
    images = torch.ones(5, 1, 1, 1)
    assert torch.equal(erase(images, 1.0, ERASED_AREA, ERASED_RATIO, make_generator(0, "test")), images)
    images = torch.ones(5, 1, 8, 8)
    assert torch.equal(erase(images, 1.0, (1.0, 1.0), (1.0, 1.0), make_generator(0, "test")), images)
