"""Image files as people have them: modes, kinds that are not read, Tiny ImageNet's layout, numbers of classes."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from zsbench import train
from zsbench.train.data.files import open_rgb
from zsbench.train.data.modes import to_rgb
from zsbench.train.data.stream import ImageStream

RAMP = np.array([[0, 255 * 64, 255 * 257, 257 * 128]], dtype=np.uint16)  # black, a quarter, white, a half
EIGHT = [0, 64, 255, 128]


def small(color: tuple[int, int, int] = (10, 20, 30), side: int = 4) -> Image.Image:
    return Image.new("RGB", (side, side), color)


@pytest.mark.parametrize("kind", ["png", "tif", "pgm"])
def test_sixteen_bits_of_grey_become_eight(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"grey.{kind}"
    if kind == "pgm":
        path.write_bytes(b"P5 4 1 65535\n" + RAMP.astype(">u2").tobytes())
    else:
        Image.fromarray(RAMP).save(path)
    rgb = np.asarray(open_rgb(str(path)))
    assert [list(pixel) for pixel in rgb[0]] == [[grey] * 3 for grey in EIGHT]


@pytest.mark.parametrize(
    "mode", ["1", "L", "P", "LA", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV", "La", "RGBa"]
)
def test_every_mode_of_eight_bits_keeps_its_colour(mode: str) -> None:
    grey = mode in ("1", "L", "LA", "La")
    color = (255, 255, 255) if grey else (204, 51, 102)
    steps = {"La": ("LA", "La"), "RGBa": ("RGBA", "RGBa"), "PA": ("P", "PA")}.get(mode, (mode,))
    image = small(color)
    for step in steps:
        image = image.convert(step)
    assert image.mode == mode
    found = to_rgb(image)
    assert found.mode == "RGB"
    assert np.abs(np.asarray(found, dtype=int) - color).max() <= 3


def test_a_palette_with_transparency_gives_no_warning(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    image = small().convert("P")
    image.info["transparency"] = bytes([0] * 256)
    assert np.asarray(to_rgb(image)).max() > 0
    assert not recwarn


@pytest.mark.parametrize("mode", ["F", "I", "LAB"])
def test_modes_without_a_range_are_refused_by_file(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "odd.tif"
    Image.new(mode, (4, 4)).save(path)
    with pytest.raises(
        train.DataError, match=rf"odd\.tif: not a readable image \(images of mode {mode} have no agreed"
    ):
        open_rgb(str(path))


def tree(root: Path, parts: tuple[str, ...] = ("train", "test"), classes: int = 2) -> Path:
    for part in parts:
        for name in range(classes):
            (root / part / f"class{name}").mkdir(parents=True)
            small((name * 100, 0, 0)).save(root / part / f"class{name}" / "a.png")
    return root


def test_kinds_that_are_not_read_are_counted_again_from_the_cache(tmp_path: Path) -> None:
    tree(tmp_path)
    small().save(tmp_path / "train" / "class0" / "b.gif")
    small().save(tmp_path / "test" / "class1" / "c.GIF")
    for name in ("notes.txt", ".DS_Store", "._a.png"):
        (tmp_path / "train" / "class1" / name).write_bytes(b"x")
    (tmp_path / "train" / "class1" / "d.heic").write_bytes(b"x")
    for _ in range(2):
        train.data.loading._load.cache_clear()
        data = train.load("imagefolder", tmp_path, 4)
        assert dict(data.passed_over) == {".gif": 2, ".heic": 1}
        assert data.train_count == 2
    assert ImageStream.from_tree(tmp_path).passed_over == {".gif": 2, ".heic": 1}


def test_a_class_of_other_kinds_only_names_those_that_are_read(tmp_path: Path) -> None:
    tree(tmp_path)
    (tmp_path / "train" / "class1" / "a.png").rename(tmp_path / "train" / "class1" / "a.gif")
    with pytest.raises(train.DataError, match=r"class1.*Kinds that are read: \.jpg"):
        train.load("imagefolder", tmp_path, 4)


def tiny_imagenet(root: Path) -> Path:
    for name, color in (("n01", (200, 0, 0)), ("n02", (0, 200, 0))):
        (root / "train" / name / "images").mkdir(parents=True)
        small(color, 64).save(root / "train" / name / "images" / f"{name}_0.JPEG")
        (root / "train" / name / f"{name}_boxes.txt").write_text("n01_0.JPEG\t0\t0\t9\t9\n")
    for part in ("val", "test"):
        (root / part / "images").mkdir(parents=True)
    for index, color in enumerate([(0, 200, 0), (200, 0, 0), (0, 200, 0)]):
        small(color, 64).save(root / "val" / "images" / f"val_{index}.JPEG")
        small(color, 64).save(root / "test" / "images" / f"test_{index}.JPEG")
    lines = [f"val_{index}.JPEG\t{name}\t0\t0\t9\t9" for index, name in enumerate(["n02", "n01", "n02"])]
    (root / "val" / "val_annotations.txt").write_text("\n".join(lines) + "\n")
    return root


def test_tiny_imagenet_as_it_is_unpacked(tmp_path: Path) -> None:
    data = train.load("imagefolder", tiny_imagenet(tmp_path), 64)
    assert (data.num_classes, data.train_count, data.test_count) == (2, 2, 3)
    assert data.test_labels.tolist() == [1, 0, 1]
    assert data.test_images[:, 0, 32, 32].tolist() == pytest.approx([0, 200, 0], abs=3)
    assert ImageStream.from_tree(tmp_path).test.labels.tolist() == [1, 0, 1]
    assert not data.passed_over


@pytest.mark.parametrize("line", ["val_0.JPEG\tn99\t0", "val_0.JPEG n01", "only text"])
def test_annotations_that_name_no_class_are_refused_by_line(tmp_path: Path, line: str) -> None:
    tiny_imagenet(tmp_path)
    (tmp_path / "val" / "val_annotations.txt").write_text(f"val_0.JPEG\tn01\n{line}\n")
    with pytest.raises(train.DataError, match=r"val_annotations\.txt, line 2: expected a file, a tab and a class"):
        train.load("imagefolder", tmp_path, 64)


def test_classes_are_counted_without_reading_images(tmp_path: Path) -> None:
    assert [train.count_classes(name) for name in ("digits", "cifar10", "cifar100")] == [10, 10, 100]
    assert train.count_classes("imagefolder", tree(tmp_path, classes=3)) == 3
    with pytest.raises(train.DataError, match="needs a data root"):
        train.count_classes("imagefolder")
