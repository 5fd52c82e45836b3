"""The data sets: what they hold, how they are read, and what is said where they cannot be."""

import hashlib
import json
import pickle
import tarfile
import threading
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.datasets import CIFAR10, CIFAR100
from zsbench import train
from zsbench.train import DataError
from zsbench.train.data import loading, sources
from zsbench.train.data.subset import balanced_order, subset


def picture(seed: int, width: int = 32, height: int = 32) -> Image.Image:
    values = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(values)


def tree(root: Path, classes: list[str], train_each: int = 3, test_each: int = 2, held_out: str = "test") -> Path:
    """Lossless images train/CLASS/N.png and test/CLASS/N.png; the picture's seed is its running number."""
    seed = 0
    for part, each in (("train", train_each), (held_out, test_each)):
        for name in classes:
            (root / part / name).mkdir(parents=True)
            for index in range(each):
                picture(seed).save(root / part / name / f"{index}.png")
                seed += 1
    return root


def error(*arguments: Any, **options: Any) -> str:
    with pytest.raises(train.DataError) as caught:
        train.load(*arguments, **options)
    message = str(caught.value)
    assert "\n" not in message
    return message


TEN = [f"class{index}" for index in range(10)]


def test_digits_have_their_shapes_and_types() -> None:
    data = train.load("digits")
    assert data.train_images.shape == (1297, 3, 16, 16)
    assert data.test_images.shape == (500, 3, 16, 16)
    assert data.train_images.dtype == data.test_images.dtype == torch.uint8
    assert data.train_labels.dtype == data.test_labels.dtype == torch.int64
    assert (data.num_classes, data.resolution, data.flip) == (10, 16, False)
    assert data.train_images.max() > 240
    assert train.load("digits", resolution=8).train_images.shape == (1297, 3, 8, 8)


def test_digits_at_their_own_size_are_scikit_learns() -> None:
    from sklearn.datasets import load_digits

    data = train.load("digits", resolution=8)
    expected = np.round(load_digits().images.astype(np.float32) * (255 / 16))
    ours = torch.cat([data.train_images, data.test_images])[:, 0].numpy()
    assert sorted(map(bytes, ours)) == sorted(map(bytes, expected.astype(np.uint8)))


def test_the_digits_split_is_balanced_fixed_and_disjoint() -> None:
    data = train.load("digits")
    assert data.test_labels.bincount().tolist() == [50] * 10
    assert data.train_labels.bincount().min() >= 120
    # Golden: a changed split would make stored accuracies incomparable.
    assert data.test_labels[:10].tolist() == [1, 2, 4, 5, 6, 9, 4, 7, 8, 9]
    train_set = set(map(bytes, data.train_images.numpy()))
    assert not any(bytes(image) in train_set for image in data.test_images.numpy())


def test_balanced_order_holds_every_index_once_and_all_classes_equally() -> None:
    labels = np.array([0] * 9 + [1] * 5 + [2] * 7)
    order = balanced_order(labels)
    assert sorted(order) == list(range(21))
    assert np.bincount(labels[order[:12]]).tolist() == [4, 4, 4]
    assert np.bincount(labels[order[:17]]).tolist() == [6, 5, 6]
    assert set(subset(labels, 6)) < set(subset(labels, 11))


def test_train_limit_is_a_balanced_subset_and_leaves_the_test_images() -> None:
    whole, part = train.load("digits"), train.load("digits", train_limit=100)
    assert part.train_labels.bincount().tolist() == [10] * 10
    assert torch.equal(part.test_images, whole.test_images)
    assert set(map(bytes, part.train_images.numpy())) < set(map(bytes, whole.train_images.numpy()))
    assert len(train.load("digits", train_limit=10**6).train_images) == 1297


def test_moments_are_those_of_the_train_images() -> None:
    data = train.load("digits")
    values = data.train_images.double()
    torch.testing.assert_close(data.mean, values.mean((0, 2, 3)).float())
    torch.testing.assert_close(data.std, values.std((0, 2, 3), correction=0).float())
    assert data.mean is data.mean


def test_the_checksum_differs_with_images_and_labels() -> None:
    assert train.load("digits").checksum == train.load("digits", train_limit=1297).checksum
    assert train.load("digits").checksum != train.load("digits", train_limit=1296).checksum


def test_a_loaded_set_is_kept() -> None:
    assert train.load("digits") is train.load("digits", resolution=16)


@pytest.mark.parametrize("below", ["", "cifar10"])
def test_cifar_from_image_files(tmp_path: Path, below: str) -> None:
    tree(tmp_path / below, TEN)
    data = train.load("cifar10", tmp_path)
    assert data.train_images.shape == (30, 3, 32, 32)
    assert data.train_labels.tolist() == [index // 3 for index in range(30)]
    assert data.flip
    assert np.array_equal(data.train_images[4].permute(1, 2, 0).numpy(), np.asarray(picture(4)))
    assert np.array_equal(data.test_images[3].permute(1, 2, 0).numpy(), np.asarray(picture(33)))


def test_cifar_subset_and_resolution(tmp_path: Path) -> None:
    data = train.load("cifar10", tree(tmp_path, TEN), resolution=16, train_limit=10)
    assert data.train_images.shape == (10, 3, 16, 16)
    assert data.train_labels.tolist() == list(range(10))
    mean = float(data.train_images.float().mean())
    assert abs(mean - float(train.load("cifar10", tmp_path).train_images.float().mean())) < 3


def published(root: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """CIFAR's own files, small, and torchvision told that their MD5 sums are right. Returns the train rows."""
    archive, key = (CIFAR10, "labels") if name == "cifar10" else (CIFAR100, "fine_labels")
    classes = 10 if name == "cifar10" else 100
    folder = root / archive.base_folder
    folder.mkdir(parents=True)

    def write(file: str, content: object) -> str:
        (folder / file).write_bytes(pickle.dumps(content))
        return hashlib.md5((folder / file).read_bytes()).hexdigest()

    rows = np.random.default_rng(0).integers(0, 256, (classes, 3072), dtype=np.uint8)
    batch = {"data": rows, key: list(range(classes))}
    monkeypatch.setattr(archive, "train_list", [[f, write(f, batch)] for f, _ in archive.train_list])
    monkeypatch.setattr(archive, "test_list", [[f, write(f, batch)] for f, _ in archive.test_list])
    names = {archive.meta["key"]: [f"c{index}" for index in range(classes)]}
    sums = {**archive.meta, "md5": write(archive.meta["filename"], names)}
    monkeypatch.setattr(archive, "meta", sums)
    return rows


@pytest.mark.parametrize(("name", "files", "classes"), [("cifar10", 5, 10), ("cifar100", 1, 100)])
def test_cifar_as_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, files: int, classes: int
) -> None:
    rows = published(tmp_path, name, monkeypatch)
    data = train.load(name, tmp_path)
    assert data.num_classes == classes
    assert data.train_labels.tolist() == list(range(classes)) * files
    assert np.array_equal(data.test_images.numpy(), rows.reshape(-1, 3, 32, 32))


def test_cifar_files_that_are_not_the_published_ones_are_never_unpickled(tmp_path: Path) -> None:
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for name in ("data_batch_1", "test_batch"):
        (folder / name).write_bytes(b"cos\nabort\n(tR.")
    message = error("cifar10", tmp_path)
    assert "checksums differ" in message
    assert "cifar-10-python.tar.gz" in message


def test_imagefolder_resizes_the_shorter_side_and_crops_the_centre(tmp_path: Path) -> None:
    tree(tmp_path, ["cat", "dog"], held_out="val")
    wide = np.zeros((20, 60, 3), dtype=np.uint8)
    wide[:, 15:45] = 200  # the centre square and what the filter sees around it
    Image.fromarray(wide).save(tmp_path / "train" / "dog" / "wide.png")
    Image.new("L", (40, 80), 77).save(tmp_path / "train" / "dog" / "y_grey.png")
    Image.new("RGBA", (8, 8), (9, 9, 9, 0)).save(tmp_path / "train" / "dog" / "z_small.webp", lossless=True)
    data = train.load("imagefolder", tmp_path, resolution=10)
    assert data.train_images.shape == (9, 3, 10, 10)
    assert data.num_classes == 2
    assert data.train_labels.tolist() == [0] * 3 + [1] * 6
    assert (data.train_images[6] == 200).all()
    assert (data.train_images[7] == 77).all()
    assert train.load("imagefolder", tmp_path).resolution == 32


def test_unknown_names_and_numbers_are_refused() -> None:
    assert error("cifar11").startswith(
        "unknown data set 'cifar11'; there are: digits, cifar10, cifar100, imagefolder, imagenet"
    )
    assert "resolution" in error("digits", resolution=0)
    assert "train_limit" in error("digits", train_limit=0)


def test_a_missing_root_is_named(tmp_path: Path) -> None:
    assert error("cifar10") == (
        "data set 'cifar10' needs a data root: a folder with cifar-10-batches-py or train/CLASS/*.png"
    )
    assert "needs a data root" in error("imagefolder")
    assert str(tmp_path / "nowhere") in error("cifar100", tmp_path / "nowhere")
    assert "has no cifar-100-python or train/CLASS" in error("cifar100", tmp_path)
    assert "has no train/CLASS" in error("imagefolder", tmp_path)


def test_a_tree_without_test_images_is_refused(tmp_path: Path) -> None:
    (tmp_path / "train" / "cat").mkdir(parents=True)
    assert "no test (or val) folder" in error("imagefolder", tmp_path)


def test_a_wrong_number_of_classes_is_refused(tmp_path: Path) -> None:
    message = error("cifar100", tree(tmp_path, TEN))
    assert "10 class folders, not 100" in message
    assert str(tmp_path) in message


def test_class_folders_that_differ_are_refused(tmp_path: Path) -> None:
    tree(tmp_path, ["cat", "dog"])
    (tmp_path / "test" / "dog").rename(tmp_path / "test" / "wolf")
    assert "'dog' is in" in error("imagefolder", tmp_path)


def test_empty_folders_are_refused(tmp_path: Path) -> None:
    tree(tmp_path, ["cat", "dog"])
    (tmp_path / "train" / "empty").mkdir()
    assert "empty" in error("imagefolder", tmp_path)
    (tmp_path / "other" / "train").mkdir(parents=True)
    (tmp_path / "other" / "test").mkdir()
    assert str(tmp_path / "other") in error("imagefolder", tmp_path / "other")


@pytest.mark.parametrize("keep", [0, 40, 1200])
def test_an_unreadable_image_is_named(tmp_path: Path, keep: int) -> None:
    file = tree(tmp_path, ["cat", "dog"]) / "train" / "dog" / "1.png"
    file.write_bytes(file.read_bytes()[:keep])
    message = error("imagefolder", tmp_path)
    assert str(file) in message
    assert "not a readable image" in message


def test_a_second_start_decodes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = train.load("imagefolder", tree(tmp_path, ["a", "b"]), resolution=8)
    loading._load.cache_clear()  # as another process would find it
    monkeypatch.setattr(sources, "decode", lambda *_: pytest.fail("decoded again"))
    second = train.load("imagefolder", tmp_path, resolution=8)
    for name in ("train_images", "train_labels", "test_images", "test_labels", "mean", "std"):
        assert torch.equal(getattr(first, name), getattr(second, name))
    assert (second.checksum, second.num_classes, second.flip) == (first.checksum, 2, True)
    changed = replace(second, train_images=255 - second.train_images)
    assert changed.checksum != second.checksum
    assert torch.allclose(changed.mean, 255 - second.mean)


def test_files_that_change_are_read_again(tmp_path: Path) -> None:
    first = train.load("imagefolder", tree(tmp_path, ["a", "b"]), resolution=8)
    picture(99).save(tmp_path / "train" / "a" / "0.png")
    loading._load.cache_clear()
    assert train.load("imagefolder", tmp_path, resolution=8).checksum != first.checksum


@pytest.mark.parametrize("file", ["train_images.npy", "about.json"])
def test_a_damaged_cache_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    monkeypatch.setenv("ZSBENCH_CACHE", str(tmp_path / "cache"))
    first = train.load("imagefolder", tree(tmp_path / "data", ["a", "b"]), resolution=8)
    (kept,) = (tmp_path / "cache" / "data").iterdir()
    (kept / file).write_bytes(b"\x93NUMPY")
    loading._load.cache_clear()
    assert train.load("imagefolder", tmp_path / "data", resolution=8).checksum == first.checksum
    assert json.loads((kept / "about.json").read_text())["num_classes"] == 2
    assert [path.name for path in (tmp_path / "cache" / "data").iterdir()] == [kept.name]


def test_without_a_cache_it_is_read_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ZSBENCH_CACHE", str(tmp_path / "file"))
    assert train.load("imagefolder", tree(tmp_path / "data", ["a", "b"]), resolution=8).num_classes == 2


def test_a_download_is_the_published_archive_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = published(tmp_path / "there", "cifar100", monkeypatch)
    archive = tmp_path / CIFAR100.filename
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(tmp_path / "there" / CIFAR100.base_folder, CIFAR100.base_folder)
    monkeypatch.setattr(CIFAR100, "tgz_md5", hashlib.md5(archive.read_bytes()).hexdigest())
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(tmp_path)))
    monkeypatch.setattr(CIFAR100, "url", f"http://127.0.0.1:{server.server_port}/{archive.name}")
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        data = train.load("cifar100", tmp_path / "here", download=True)
        server.shutdown()
    assert np.array_equal(data.test_images.numpy(), rows.reshape(-1, 3, 32, 32))
    assert train.load("cifar100", tmp_path / "here", download=True) is data  # it is there: nothing is fetched
    with pytest.raises(DataError, match="'cifar100' could not be downloaded: "):
        train.load("cifar100", tmp_path / "elsewhere", download=True)


def test_only_cifar_is_downloaded(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="these can: cifar10, cifar100"):
        train.load("digits", tmp_path, download=True)
    with pytest.raises(DataError, match="needs a data root"):
        train.load("cifar10", download=True)
