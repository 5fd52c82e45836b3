"""Training: it learns, it is reproducible, and it ends with a status where it cannot."""

import random
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from zsbench import space, train

NET = space.parse(  # 28,018 parameters
    "SuperConvK3BNRELU(3,8,1,1)SuperResK3K3(8,16,1,8,1)SuperResK3K3(16,32,2,32,1)SuperConvK1BNRELU(32,256,1,1)"
)
TINY = space.parse("SuperConvK3BNRELU(3,8,2,1)SuperResK3K3(8,8,2,8,1)SuperConvK1BNRELU(8,32,1,1)")
FAST = train.recipe("fast")


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def small() -> train.DataSet:
    return train.load("digits", train_limit=200)


def weights(path: Path) -> dict[str, torch.Tensor]:
    return torch.load(path, weights_only=True)["model"]


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def test_it_learns_the_digits() -> None:
    data = train.load("digits")
    training = train.train(NET, data, FAST, epochs=6)
    assert training.status == "ok"
    assert training.accuracy is not None
    assert training.accuracy > 90
    assert [epoch.epoch for epoch in training.epochs] == [1, 2, 3, 4, 5, 6]
    assert training.epochs[-1].loss < training.epochs[0].loss
    assert [epoch.accuracy for epoch in training.epochs] == [None] * 5 + [training.accuracy]
    assert (training.recipe, training.dataset, training.seed, training.device) == ("fast", "digits", 0, "cpu")
    cost = space.cost(NET, resolution=16, num_classes=10)
    assert (training.params, training.macs) == (cost.params, cost.macs)
    assert training.seconds == pytest.approx(sum(epoch.seconds for epoch in training.epochs))
    assert training.images_per_second == pytest.approx(6 * (1297 // 64) * 64 / training.seconds)


def test_it_overfits_a_small_set_and_a_set_below_a_batch() -> None:
    digits = train.load("digits", train_limit=40)
    data = replace(digits, test_images=digits.train_images, test_labels=digits.train_labels)
    recipe = replace(FAST, crop_padding=0, label_smoothing=0, weight_decay=0)
    training = train.train(NET, data, recipe, epochs=60)
    assert training.accuracy == 100
    assert training.epochs[-1].loss < 0.05


def test_shuffled_labels_give_chance(small: train.DataSet) -> None:
    shuffled = small.train_labels[torch.randperm(200, generator=torch.Generator().manual_seed(0))]
    accuracy = train.train(TINY, replace(small, train_labels=shuffled), FAST, epochs=10).accuracy
    assert accuracy is not None
    assert 2 < accuracy < 20


def test_equal_seeds_give_equal_weights_and_others_do_not(tmp_path: Path, small: train.DataSet) -> None:
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        train.train(TINY, small, FAST, seed=seed, epochs=2, checkpoint=tmp_path / name)
    assert same(weights(tmp_path / "a"), weights(tmp_path / "b"))
    assert not same(weights(tmp_path / "a"), weights(tmp_path / "c"))


def test_measuring_more_often_changes_nothing_else(tmp_path: Path, small: train.DataSet) -> None:
    run = partial(train.train, TINY, small, FAST, epochs=3)
    rare, often = run(checkpoint=tmp_path / "rare"), run(checkpoint=tmp_path / "often", evaluate_every=1)
    assert same(weights(tmp_path / "rare"), weights(tmp_path / "often"))
    assert all(epoch.accuracy is not None for epoch in often.epochs)
    assert often.accuracy == rare.accuracy


def test_the_global_generators_are_neither_read_nor_moved(tmp_path: Path, small: train.DataSet) -> None:
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    before = random.getstate(), np.random.get_state(legacy=False)["state"]["key"].tolist(), torch.get_rng_state()
    train.train(TINY, small, replace(FAST, cutout=0.25), epochs=1, checkpoint=tmp_path / "a")
    assert random.getstate() == before[0]
    assert np.random.get_state(legacy=False)["state"]["key"].tolist() == before[1]
    assert torch.equal(torch.get_rng_state(), before[2])
    torch.manual_seed(2)
    train.train(TINY, small, replace(FAST, cutout=0.25), epochs=1, checkpoint=tmp_path / "b")
    assert same(weights(tmp_path / "a"), weights(tmp_path / "b"))


def test_a_loss_that_is_not_finite_ends_the_run(tmp_path: Path, small: train.DataSet) -> None:
    run = partial(train.train, TINY, small, replace(FAST, lr=1e30), epochs=5, checkpoint=tmp_path / "a")
    training = run()
    assert (training.status, training.accuracy) == ("nan", None)
    assert training.reason is not None
    assert "the loss is" in training.reason
    assert len(training.epochs) < 5
    again = run(on_epoch=lambda epoch: pytest.fail("a finished training ran again"))
    assert (again.status, again.reason, again.seconds) == (training.status, training.reason, training.seconds)


def test_logits_that_are_not_finite_are_no_accuracy(small: train.DataSet, monkeypatch: pytest.MonkeyPatch) -> None:
    forward = space.Network.forward

    def broken(network: space.Network, x: torch.Tensor) -> torch.Tensor:
        return forward(network, x) if network.training else forward(network, x) * torch.inf

    monkeypatch.setattr(space.Network, "forward", broken)
    training = train.train(TINY, small, FAST, epochs=2, evaluate_every=1)
    assert (training.status, training.accuracy, len(training.epochs)) == ("nan", None, 2)


def test_what_torch_refuses_is_a_status(small: train.DataSet) -> None:
    one = replace(small, train_images=small.train_images[:1], train_labels=small.train_labels[:1])
    deep = space.parse("SuperConvK3BNRELU(3,8,2,1)" + "SuperConvK3BNRELU(8,8,2,1)" * 3)  # ends at a single pixel
    training = train.train(deep, one, FAST, epochs=1)
    assert (training.status, training.accuracy, training.epochs) == ("error", None, ())
    assert training.reason is not None
    assert training.reason.startswith("epoch 1: ")


def test_a_run_of_no_epochs_is_refused(small: train.DataSet) -> None:
    with pytest.raises(ValueError, match="epochs must be at least 1"):
        train.train(TINY, small, FAST, epochs=0)
    with pytest.raises(ValueError, match="evaluate_every must be at least 1"):
        train.train(TINY, small, FAST, evaluate_every=0)


def test_a_network_that_cannot_be_built_is_a_status(small: train.DataSet) -> None:
    huge = space.parse("SuperConvK3BNRELU(3,65536,1,1)" + "SuperConvK7BNRELU(65536,65536,1,1)" * 9)
    done = train.train(huge, small, FAST)
    assert (done.status, done.accuracy, done.epochs) == ("error", None, ())
    assert done.reason.startswith("building the network: ")
