"""A tree of image files as a stream: what is read, in which order, by whom, and what is said where it cannot be."""

import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import v2
from zsbench.train import DataError
from zsbench.train.data.stream import ImageStream, random_crop
from zsbench.train.draws import make_generator

CLASSES = ["ant", "bee", "cat"]
MODES = ["RGB", "L", "RGBA", "CMYK", "P"]


def picture(seed: int, width: int, height: int, mode: str = "RGB") -> Image.Image:
    coarse = np.random.default_rng(seed).integers(0, 256, (5, 5, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC).convert(mode)


def tree(root: Path, held_out: str = "val") -> Path:
    """12 images a class, 8 to train and 4 to test, of several sizes, modes and formats."""
    seeds = itertools.count()
    for part, each in (("train", 8), (held_out, 4)):
        for name in CLASSES:
            (root / part / name).mkdir(parents=True)
            for index in range(each):
                seed = next(seeds)
                mode = MODES[seed % len(MODES)]
                ending = "png" if mode in ("RGBA", "P") else "jpg"
                image = picture(seed, 30 + 7 * seed % 40, 25 + 11 * seed % 50, mode)
                image.save(root / part / name / f"{index}.{ending}")
    return root


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tree(tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="module")
def pair(folder: Path) -> Iterator[tuple[ImageStream, ImageStream]]:
    """Read by this process, and by two others."""
    alone = ImageStream.from_tree(folder, resolution=20)
    with replace(alone, readers=2) as shared:
        yield alone, shared


BATCHES = [torch.tensor([5, 0, 23]), [7, 7], torch.tensor([11, 3, 2, 1])]
SEEDS = [4, 9, 2**55]


def test_a_stream_describes_its_data(folder: Path) -> None:
    stream = ImageStream.from_tree(folder)
    assert (stream.name, stream.num_classes, stream.resolution, stream.flip) == ("imagenet", 3, 224, True)
    assert (stream.train_count, stream.test_count) == (24, 12)
    assert stream.train_labels.tolist() == [0] * 8 + [1] * 8 + [2] * 8
    assert stream.train_labels.dtype == torch.int64
    torch.testing.assert_close(stream.mean, torch.tensor([123.675, 116.28, 103.53]))
    torch.testing.assert_close(stream.std, torch.tensor([58.395, 57.12, 57.375]))


def test_batches_are_the_same_whoever_reads_them(pair: tuple[ImageStream, ImageStream]) -> None:
    alone, shared = pair
    state = torch.get_rng_state()
    read = [list(stream.train_batches(BATCHES, SEEDS)) for stream in (alone, shared)]
    tested = [list(stream.test_batches(BATCHES[1:])) for stream in (alone, shared)]
    assert torch.equal(state, torch.get_rng_state())
    for batches, (first, second) in ((BATCHES, read), (BATCHES[1:], tested)):
        for indices, (images, labels), (other_images, other_labels) in zip(batches, first, second, strict=True):
            assert images.shape == (len(indices), 3, 20, 20)
            assert images.dtype == torch.uint8
            assert labels.dtype == torch.int64
            assert torch.equal(images, other_images)
            assert torch.equal(labels, other_labels)
    assert torch.equal(read[0][0][1], alone.train_labels[BATCHES[0]])
    assert tested[0][0][1].tolist() == [1, 1]


def test_a_batch_depends_on_its_seed_and_nothing_else(pair: tuple[ImageStream, ImageStream]) -> None:
    alone, shared = pair
    whole = [images for images, _ in shared.train_batches(BATCHES, SEEDS)]
    late = [images for images, _ in alone.train_batches(BATCHES[1:], SEEDS[1:])]
    assert all(torch.equal(a, b) for a, b in zip(whole[1:], late, strict=True))
    assert not torch.equal(whole[1][0], whole[1][1])  # one image at two positions
    other = next(alone.train_batches(BATCHES[:1], [5]))[0]
    assert not torch.equal(whole[0], other)


def test_train_images_are_torchvisions_random_resized_crops(pair: tuple[ImageStream, ImageStream]) -> None:
    alone, _ = pair
    crop = v2.Compose([v2.RandomResizedCrop(20), v2.PILToTensor()])
    indices = list(range(24))
    (images, _), = alone.train_batches([indices], [3])  # fmt: skip
    for position, file in enumerate(alone.train.files):
        with Image.open(file) as image, torch.random.fork_rng(devices=[]):
            torch.manual_seed(make_generator(3, "resized crop", position).initial_seed())
            assert torch.equal(images[position], crop(image.convert("RGB")))


@pytest.mark.parametrize("size", [(50, 1), (1, 50), (1, 1), (7, 7), (500, 20), (20, 500)])
def test_crops_lie_in_the_image_and_are_torchvisions(size: tuple[int, int]) -> None:
    width, height = size
    oracle = v2.RandomResizedCrop(10)
    for seed in range(30):
        draws = make_generator(seed, "test")
        top, left, down, across = random_crop(width, height, draws)
        assert 0 <= top <= height - down < height
        assert 0 <= left <= width - across < width
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(draws.initial_seed())
            expected = oracle.make_params([Image.new("RGB", size)])
        assert expected == {"top": top, "left": left, "height": down, "width": across}


@pytest.mark.parametrize(("side", "shorter"), [(20, 23), (28, 32)])
def test_test_images_are_resized_and_cropped_as_by_torchvision(folder: Path, side: int, shorter: int) -> None:
    stream = ImageStream.from_tree(folder, resolution=side)
    steps = [v2.Resize(shorter, v2.InterpolationMode.BICUBIC), v2.CenterCrop(side), v2.PILToTensor()]
    oracle = v2.Compose(steps)
    (images, labels), = stream.test_batches([range(12)])  # fmt: skip
    assert labels.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    for image, file in zip(images, stream.test.files, strict=True):
        with Image.open(file) as original:
            assert torch.equal(image, oracle(original.convert("RGB")))


def test_processes_last_until_the_stream_is_closed(folder: Path) -> None:
    before = {process.pid for process in multiprocessing.active_children()}
    stream = ImageStream.from_tree(folder, resolution=8, readers=2)

    def readers() -> set[int | None]:
        return {process.pid for process in multiprocessing.active_children()} - before

    assert not readers()
    held = stream.train_batches(BATCHES, SEEDS)
    next(held)  # left unfinished
    first = readers()
    assert len(first) == 2
    assert len(list(stream.test_batches(BATCHES[1:]))) == 2
    assert len(list(stream.train_batches(BATCHES * 5, SEEDS * 5))) == 15
    assert readers() == first
    with pytest.raises(RuntimeError, match="a newer reading of it has begun"):
        next(held)
    held = stream.train_batches(BATCHES, SEEDS)
    next(held)
    stream.close()
    assert not readers()
    with pytest.raises(RuntimeError, match="the stream was closed"):
        next(held)
    with stream:
        assert len(list(stream.test_batches(BATCHES[1:]))) == 2
    assert not readers()


def test_a_signal_to_all_processes_ends_only_the_one_that_decides(folder: Path) -> None:
    program = f"""
        import signal, sys
        from zsbench.train.data.stream import ImageStream
        asked = []
        signal.signal(signal.SIGTERM, lambda *_: asked.append(True))
        with ImageStream.from_tree({str(folder)!r}, resolution=8, readers=2) as stream:
            while True:
                for images, labels in stream.train_batches([[0, 1]] * 50, range(50)):
                    print("read", flush=True)
                if asked:
                    break
        print("ended", flush=True)
    """
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "read\n"
    os.killpg(child.pid, signal.SIGTERM)
    out, err = child.communicate(timeout=600)
    assert (child.returncode, err) == (0, "")
    assert out.endswith("ended\n")
    with pytest.raises(ProcessLookupError):
        os.killpg(child.pid, 0)  # nobody is left


@pytest.mark.parametrize("readers", [0, 2])
def test_a_damaged_file_is_named(tmp_path: Path, readers: int) -> None:
    bad = tree(tmp_path) / "train" / "bee" / "0.jpg"
    bad.with_suffix(".png").unlink(missing_ok=True)
    bad.write_bytes(b"no image")
    with ImageStream.from_tree(tmp_path, resolution=8, readers=readers) as stream:
        index = stream.train.files.index(str(bad))
        with pytest.raises(DataError) as caught:
            list(stream.train_batches([[0], [index], [1]], [1, 2, 3]))
        assert str(bad) in str(caught.value)
        assert "not a readable image" in str(caught.value)
        assert "\n" not in str(caught.value)
        assert len(list(stream.train_batches([[0], [1]], [1, 2]))) == 2  # the others can still be read


def test_the_checksum_follows_names_sizes_and_labels(tmp_path: Path) -> None:
    first = ImageStream.from_tree(tree(tmp_path / "one")).checksum
    assert ImageStream.from_tree(tree(tmp_path / "two")).checksum == first
    assert ImageStream.from_tree(tmp_path / "one", resolution=32).checksum == first
    changed = tmp_path / "two" / "train" / "ant"
    some = next(changed.iterdir())
    content = some.read_bytes()
    some.write_bytes(content + b"\0")
    assert ImageStream.from_tree(tmp_path / "two").checksum != first
    some.write_bytes(content)
    assert ImageStream.from_tree(tmp_path / "two").checksum == first
    some.rename(some.with_stem("renamed"))
    assert ImageStream.from_tree(tmp_path / "two").checksum != first


def error(root: Path, **options: int) -> str:
    with pytest.raises(DataError) as caught:
        ImageStream.from_tree(root, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_bad_trees_are_refused_in_one_line(tmp_path: Path) -> None:
    assert "not an existing folder" in error(tmp_path / "nowhere")
    assert "has no train/CLASS" in error(tmp_path)
    (tmp_path / "train" / "ant").mkdir(parents=True)
    assert "no val (or test) folder" in error(tmp_path)
    (tmp_path / "val").mkdir()
    assert "ant" in error(tmp_path)  # no image in it
    picture(0, 9, 9).save(tmp_path / "train" / "ant" / "0.png")
    assert str(tmp_path / "val") in error(tmp_path)
    (tmp_path / "val" / "bee").mkdir()
    picture(0, 9, 9).save(tmp_path / "val" / "bee" / "0.png")
    assert "'ant' is in" in error(tmp_path)


@pytest.mark.parametrize(("field", "value"), [("resolution", 0), ("readers", -1), ("prefetch", 0)])
def test_impossible_options_are_refused(folder: Path, field: str, value: int) -> None:
    assert f"{field} must be at least" in error(folder, **{field: value})


def test_val_goes_before_test_and_either_will_do(tmp_path: Path) -> None:
    tree(tmp_path / "imagenet", "test")
    assert ImageStream.from_tree(tmp_path).test_count == 12  # found by its name
    for name in CLASSES:
        (tmp_path / "imagenet" / "val" / name).mkdir(parents=True)
        picture(0, 9, 9).save(tmp_path / "imagenet" / "val" / name / "0.png")
    assert ImageStream.from_tree(tmp_path).test_count == 3
