"""Training as for ImageNet: images from files, squeeze-and-excitation, a teacher; on a small made tree."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from zsbench import space, train
from zsbench.train.distil import Distillation, Teacher, make_teacher_model
from zsbench.train.group import ALONE
from zsbench.train.learner import Learner

timm = pytest.importorskip("timm")

NET = (
    "SuperConvK3BNRELU(3,8,2,1)SuperResK1K3K1(8,16,2,8,1)SuperResIDWE2K3(16,24,2,16,1)"
    "SuperResIDWE2K3(24,32,2,16,1)SuperResK3K3(32,32,2,16,1)SuperConvK1BNRELU(32,64,1,1)"
)
TEACHERS = ["resnet18", "tf_efficientnet_b0"]
SIDE = 64


def recipe(teacher: str | None) -> train.Recipe:
    """The published one, at a size that a test can afford."""
    own = replace(train.recipe("paper-imagenet"), name="test", epochs=3, batch_size=40, norm_batch=20, warmup_epochs=1)
    return replace(own, teacher=teacher, teacher_weights="random", teacher_resolution=80)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """3 classes × 40 images, 30 to train on: each class has a colour, under much noise."""
    root, draws = tmp_path_factory.mktemp("imagenet"), np.random.default_rng(0)
    for label, name in enumerate(("red", "green", "blue")):
        for index in range(40):
            part = root / ("train" if index < 30 else "val") / name
            part.mkdir(parents=True, exist_ok=True)
            pixels = draws.normal(110, 50, (70 + index, 90, 3))
            pixels[..., label] += 60
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(part / f"{index}.jpg")
    return root


def run(folder: Path, recipe: train.Recipe, checkpoint: Path | None = None, stop: int | None = None) -> train.Training:
    data = train.open_images("imagenet", folder, SIDE, readers=0)
    steps = iter(range(1000))
    asked: Callable[[], bool] = (lambda: next(steps) == stop) if stop is not None else (lambda: False)
    options = {"checkpoint": checkpoint, "evaluate_every": 1, "precision": "float32", "stop": asked}
    return train.train(space.parse(NET), data, recipe, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("teacher", TEACHERS)
def test_trains_distils_evaluates_and_resumes(folder: Path, tmp_path: Path, teacher: str) -> None:
    whole = run(folder, recipe(teacher), tmp_path / "whole.pt")
    assert (whole.status, whole.dataset, len(whole.epochs)) == ("ok", "imagenet", 3)
    assert all(epoch.accuracy is not None and epoch.finite for epoch in whole.epochs)
    plain = run(folder, recipe(None))
    assert plain.epochs[0].loss < whole.epochs[0].loss  # the teacher asks for more
    with pytest.raises(train.Stopped):
        run(folder, recipe(teacher), tmp_path / "cut.pt", stop=2)
    resumed = run(folder, recipe(teacher), tmp_path / "cut.pt")
    assert [e.loss for e in resumed.epochs] == [e.loss for e in whole.epochs]
    one, other = (torch.load(tmp_path / name, weights_only=True) for name in ("whole.pt", "cut.pt"))
    for part in ("model", "distillation"):
        assert one[part].keys() == other[part].keys()
        assert one[part]
        assert all(torch.equal(one[part][name], other[part][name]) for name in one[part])
    assert not any("teacher" in name for name in one["distillation"])
    assert any(".gate." in name for name in one["model"])
    assert one["preprocessing"]["resize"] == 73
    assert one["preprocessing"]["resolution"] == SIDE


def test_a_damaged_image_ends_the_training_and_is_no_result_of_it(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / "train" / "red" / "3.jpg").write_bytes(b"no image")
    with pytest.raises(train.DataError, match=r"3\.jpg"):
        run(copy, recipe(None))


def test_with_a_teacher_what_the_objective_calls_is_compiled(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(torch, "compile", lambda function: asked.append(function) or function)
    data = train.open_images("imagenet", folder, SIDE, readers=0)
    plan = train.TrainingPlan(space.parse(NET), data, recipe("resnet18"), epochs=1, compile=True)
    Learner(plan, "float32", ALONE).close()
    assert [function.__name__ for function in asked] == ["stages"]  # type: ignore[attr-defined]


def test_what_can_be_learnt_is_learnt(folder: Path) -> None:
    own = replace(recipe("resnet18"), epochs=20, autoaugment=None, mixup=0, init="kaiming", lr=0.8, bn_momentum=0.1)
    own = replace(own, teacher_resolution=32)
    assert run(folder, own).accuracy > 80  # type: ignore[operator]


def test_distillation_is_its_formula() -> None:
    network = space.build(space.parse(NET), 5, squeeze=0.25).eval()
    mean, std = torch.tensor([120.0, 110.0, 100.0]), torch.tensor([60.0, 55.0, 50.0])
    model = make_teacher_model("resnet18", "random", 5, seed=3)
    distillation = Distillation(Teacher(model, 96, mean, std), network, SIDE)
    distillation.initialise(torch.Generator().manual_seed(0))
    assert distillation.strides == [16, 32]
    assert not [name for name, _ in distillation.named_parameters() if "projections" not in name]

    pixels = torch.rand(4, 3, SIDE, SIDE) * 255
    images = (pixels - mean[:, None, None]) / std[:, None, None]
    logits, maps = network.stages(images)
    found = distillation(images, logits, maps)

    own = torch.tensor(model.pretrained_cfg["mean"]), torch.tensor(model.pretrained_cfg["std"])
    seen = (pixels / 255 - own[0][:, None, None]) / own[1][:, None, None]
    seen = F.interpolate(seen, (96, 96), mode="bilinear", antialias=True)
    with torch.no_grad():
        taught = model(seen).softmax(1)
        features = {}
        for stride, layer in ((16, model.layer3), (32, model.layer4)):
            layer.register_forward_hook(lambda m, i, o, stride=stride: features.update({stride: o}))
        model(seen)
    expected = -(taught * logits.log_softmax(1)).sum(1).mean()
    for stride in (16, 32):
        mine = distillation.projections[str(stride)](maps[stride])
        theirs = F.adaptive_avg_pool2d(features[stride], mine.shape[2:])
        gap = (mine - theirs).abs()
        expected = expected + torch.where(gap < 1, gap**2 / 2, gap - 0.5).mean()
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)


def test_random_teachers_are_the_seeds_and_move_no_global_generator() -> None:
    state = torch.get_rng_state()
    first, again, other = (make_teacher_model("resnet18", "random", 3, seed) for seed in (1, 1, 2))
    assert torch.equal(state, torch.get_rng_state())
    assert torch.equal(first.conv1.weight, again.conv1.weight)
    assert not torch.equal(first.conv1.weight, other.conv1.weight)


def test_a_teachers_weights_are_read_from_a_file(tmp_path: Path) -> None:
    first = make_teacher_model("resnet18", "random", 3, seed=1)
    torch.save(first.state_dict(), tmp_path / "weights.pt")
    again = make_teacher_model("resnet18", str(tmp_path / "weights.pt"), 3, seed=2)
    assert torch.equal(first.conv1.weight, again.conv1.weight)
    (tmp_path / "other.pt").write_bytes(b"no weights")
    for name in ("other.pt", "missing.pt"):
        with pytest.raises(train.RecipeError, match="holds no weights") as caught:
            make_teacher_model("resnet18", str(tmp_path / name), 3, seed=2)
        assert "\n" not in str(caught.value)


def test_unknown_teachers_and_too_shallow_networks_are_refused(folder: Path) -> None:
    with pytest.raises(train.RecipeError, match="nonsense"):
        run(folder, replace(recipe("resnet18"), teacher="nonsense"))
    shallow = space.parse("SuperConvK3BNRELU(3,8,2,1)SuperResK3K3(8,8,2,8,1)")
    data = train.open_images("imagenet", folder, SIDE, readers=0)
    with pytest.raises(train.RecipeError, match="same stride, 16 or more"):
        train.train(shallow, data, recipe("resnet18"))


def test_imagenet_is_trained_on_but_not_loaded(folder: Path) -> None:
    with pytest.raises(train.DataError, match="too large to load into memory"):
        train.load("imagenet", folder)
    with pytest.raises(train.DataError, match="cannot be downloaded"):
        train.open_images("imagenet", folder, download=True)
    with pytest.raises(train.DataError, match="needs a data root"):
        train.open_images("imagenet")
    few = train.open_images("imagenet", folder, train_limit=9)
    assert few.train_count == 9
    assert few.resolution == 224
