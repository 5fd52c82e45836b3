"""The batched augmentations against one image at a time."""

import pytest
import torch
from zsbench.train.augment import basic


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batch(dtype: torch.dtype = torch.uint8) -> torch.Tensor:
    return torch.randint(1, 256, (40, 3, 12, 12), generator=generator(9)).to(dtype)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
@pytest.mark.parametrize("mode", ["zero", "reflect"])
def test_crop_is_a_window_of_each_padded_image(dtype: torch.dtype, mode: str) -> None:
    images, p = batch(dtype), 3
    cropped = basic.crop(images, p, mode, generator())
    rows, columns = torch.randint(2 * p + 1, (2, 40), generator=generator()).tolist()
    for image, result, top, left in zip(images, cropped, rows, columns, strict=True):
        for y in range(12):
            for x in range(12):
                source = (y + top - p, x + left - p)
                if mode == "reflect":
                    source = tuple(-s if s < 0 else 22 - s if s > 11 else s for s in source)
                inside = all(0 <= s < 12 for s in source)
                expected = image[:, source[0], source[1]] if inside else torch.zeros(3, dtype=dtype)
                assert torch.equal(result[:, y, x], expected)
    assert cropped.dtype == dtype
    assert len(set(zip(rows, columns, strict=True))) > 20


def test_padding_is_torchs() -> None:
    images = batch(torch.float32)
    expected = torch.nn.functional.pad(images, (3, 3, 3, 3), mode="reflect")
    assert torch.equal(basic.pad(images, 3, "reflect"), expected)


def test_flip_mirrors_about_half_of_the_images() -> None:
    images = batch()
    flipped = basic.flip(images, generator())
    drawn = (torch.rand(40, generator=generator()) < 0.5).tolist()
    for image, result, mirrored in zip(images, flipped, drawn, strict=True):
        assert torch.equal(result, image.flip(2) if mirrored else image)
    assert 10 < sum(drawn) < 30


@pytest.mark.parametrize("size", [1, 4, 5])
def test_cutout_blanks_one_square_of_each_image(size: int) -> None:
    images = batch(torch.float32)
    result = basic.cutout(images, size, generator())
    centres = torch.randint(12, (2, 40, 1), generator=generator()).flatten(1).tolist()
    expected = images.clone()
    for image, y, x in zip(expected, *centres, strict=True):
        top, left = y - size // 2, x - size // 2
        image[:, max(0, top) : top + size, max(0, left) : left + size] = 0
    assert torch.equal(result, expected)
    assert not torch.equal(result, images)
