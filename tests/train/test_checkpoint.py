"""Checkpoints: a resumed training ends as an uninterrupted one, whatever happened to the file."""

import logging
import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import torch
from zsbench import space, train
from zsbench.train import checkpoint

NET = space.parse("SuperConvK3BNRELU(3,8,2,1)SuperResK3K3(8,8,2,8,1)SuperConvK1BNRELU(8,32,1,1)")
FAST = train.recipe("fast")
EPOCHS = 4


class Interruption(Exception):  # noqa: N818
    pass


def stop_after(number: int) -> Callable[[train.Epoch], None]:
    def stop(epoch: train.Epoch) -> None:
        if epoch.epoch == number:
            raise Interruption

    return stop


def run(path: Path, **options: Any) -> train.Training:
    arguments: dict[str, Any] = {"epochs": EPOCHS, "checkpoint": path, **options}
    return train.train(NET, train.load("digits", train_limit=200), FAST, **arguments)


def interrupted(path: Path, number: int) -> Path:
    with pytest.raises(Interruption):
        run(path, on_epoch=stop_after(number))
    return path


def outcome(training: train.Training) -> list[tuple[int, float, float | None, float]]:
    """What does not depend on the clock."""
    return [(e.epoch, e.loss, e.accuracy, e.learning_rate) for e in training.epochs]


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[train.Training, bytes]:
    path = tmp_path_factory.mktemp("whole") / "a.pt"
    return run(path), tensors(path)


def tensors(path: Path) -> bytes:
    """Every byte of the weights, statistics and momenta."""
    state = torch.load(path, weights_only=True)
    momenta = [value["momentum_buffer"] for _, value in sorted(state["optimiser"]["state"].items())]
    return b"".join(value.contiguous().numpy().tobytes() for value in [*state["model"].values(), *momenta])


@pytest.mark.parametrize("number", range(1, EPOCHS))
def test_resumed_is_uninterrupted(tmp_path: Path, whole: tuple[train.Training, bytes], number: int) -> None:
    path = interrupted(tmp_path / "a.pt", number)
    seen: list[int] = []
    training = run(path, on_epoch=lambda epoch: seen.append(epoch.epoch))
    assert seen == list(range(number + 1, EPOCHS + 1))
    assert tensors(path) == whole[1]
    assert outcome(training) == outcome(whole[0])
    assert training.accuracy == whole[0].accuracy


def test_seconds_include_what_was_spent_before(tmp_path: Path) -> None:
    path = interrupted(tmp_path / "a.pt", 3)
    spent = sum(epoch["seconds"] for epoch in torch.load(path, weights_only=True)["history"])
    training = run(path)
    assert training.seconds > spent > 0
    assert training.seconds == pytest.approx(spent + training.epochs[-1].seconds)


def test_a_finished_training_is_returned_and_not_run_again(tmp_path: Path) -> None:
    training = run(tmp_path / "deep" / "a.pt")
    again = run(tmp_path / "deep" / "a.pt", on_epoch=lambda epoch: pytest.fail("it ran again"))
    assert again == training


def test_two_checkpoints_are_kept_and_nothing_else(tmp_path: Path) -> None:
    run(tmp_path / "a.pt")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.pt", "a.pt.previous"]
    saved = torch.load(tmp_path / "a.pt.previous", weights_only=True)
    assert len(saved["history"]) == EPOCHS - 1


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip_bits(path: Path) -> None:
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 64] = bytes(255 - byte for byte in content[middle : middle + 64])
    path.write_bytes(content)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "truncated": truncate,
    "flipped": flip_bits,
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("not a checkpoint\n"),
    "list": lambda path: torch.save([1, 2], path),
    "other dictionary": lambda path: torch.save({"model": {}}, path),
    "code": lambda path: torch.save(Interruption, path),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_checkpoint_falls_back_to_the_previous(
    tmp_path: Path, whole: tuple[train.Training, bytes], caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    path = interrupted(tmp_path / "a.pt", 3)
    DAMAGES[damage](path)
    seen: list[int] = []
    with caplog.at_level(logging.WARNING):
        training = run(path, on_epoch=lambda epoch: seen.append(epoch.epoch))
    assert seen == [3, 4]
    assert tensors(path) == whole[1]
    assert outcome(training) == outcome(whole[0])
    [record] = caplog.records
    assert str(path) in record.getMessage()
    assert "\n" not in record.getMessage()


def test_with_both_damaged_it_starts_anew(
    tmp_path: Path, whole: tuple[train.Training, bytes], caplog: pytest.LogCaptureFixture
) -> None:
    path = interrupted(tmp_path / "a.pt", 2)
    truncate(path)
    truncate(checkpoint.previous_path(path))
    run(path)
    assert len(caplog.records) == 2
    assert tensors(path) == whole[1]


def test_a_crash_between_the_two_renames_loses_nothing(tmp_path: Path, whole: tuple[train.Training, bytes]) -> None:
    path = interrupted(tmp_path / "a.pt", 2)
    path.rename(checkpoint.previous_path(path))
    run(path)
    assert tensors(path) == whole[1]


def test_a_checkpoint_is_never_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = interrupted(tmp_path / "a.pt", 2)
    before = path.read_bytes()

    def fail(state: object, file: BinaryIO) -> None:
        file.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(torch, "save", fail)
    with pytest.raises(OSError, match="disk full"):
        run(path)
    assert path.read_bytes() == before
    assert not list(tmp_path.glob("*partial"))


def test_two_writers_do_not_write_into_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = interrupted(tmp_path / "a.pt", 2)
    state = torch.load(path, weights_only=True)
    write = torch.save

    def save(content: object, file: BinaryIO) -> None:
        monkeypatch.setattr(torch, "save", write)
        file.write(b"half of one writer's")
        monkeypatch.setattr(os, "getpid", lambda: 1)  # now the other
        checkpoint.save(path, state)
        file.seek(0)
        write(content, file)

    monkeypatch.setattr(torch, "save", save)
    checkpoint.save(path, state)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.pt", "a.pt.previous"]
    for file in (path, checkpoint.previous_path(path)):
        assert torch.load(file, weights_only=True)["history"] == state["history"]


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / "a.pt.elsewhere-17.partial").write_bytes(b"half")
    (tmp_path / "b.pt.elsewhere-17.partial").write_bytes(b"of another training")
    run(tmp_path / "a.pt")
    assert [file.name for file in tmp_path.glob("*.partial")] == ["b.pt.elsewhere-17.partial"]


@pytest.mark.parametrize(
    ("key", "options"),
    [("seed", {"seed": 1}), ("epochs", {"epochs": 3}), ("recipe", {}), ("architecture", {}), ("content", {})],
)
def test_a_checkpoint_of_another_training_is_not_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, key: str, options: dict[str, Any]
) -> None:
    path = interrupted(tmp_path / "a.pt", 1)
    data = train.load("digits", train_limit=200)
    architecture, recipe = NET, FAST
    if key == "recipe":
        recipe = replace(FAST, weight_decay=1e-3)
    elif key == "architecture":
        architecture = space.parse(str(NET).replace("8,32,1,1", "8,40,1,1"))
    elif key == "content":
        data = replace(data, train_labels=data.train_labels.flip(0))
    seen: list[int] = []
    settings: dict[str, Any] = {"epochs": EPOCHS, **options}
    resume = partial(train.train, architecture, data, recipe, checkpoint=path)
    resume(on_epoch=lambda epoch: seen.append(epoch.epoch), **settings)
    assert seen[0] == 1
    [record] = caplog.records
    assert f"another training ({key} differ" in record.getMessage()
    aside = torch.load(tmp_path / "a.pt.other", weights_only=True)  # it may be worth days
    assert len(aside["history"]) == 1


def test_a_recipe_described_otherwise_is_the_same(tmp_path: Path, whole: tuple[train.Training, bytes]) -> None:
    path = interrupted(tmp_path / "a.pt", 1)
    seen: list[int] = []
    recipe, data = replace(FAST, description="mine"), train.load("digits", train_limit=200)
    train.train(NET, data, recipe, epochs=EPOCHS, checkpoint=path, on_epoch=lambda epoch: seen.append(epoch.epoch))
    assert seen[0] == 2
    assert tensors(path) == whole[1]


def test_a_training_keeps_the_precision_in_which_it_began(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train.precision, "_has_bfloat16", lambda device: True)
    path = interrupted(tmp_path / "a.pt", 1)
    monkeypatch.setattr(train.precision, "_has_bfloat16", lambda device: False)
    assert run(path).precision == "bfloat16"
    assert run(tmp_path / "b.pt").precision == "float32"


class StopAt:
    """Asked between steps; says yes at the given one, counted from 1."""

    def __init__(self, step: int):
        self.left = step

    def __call__(self) -> bool:
        self.left -= 1
        return self.left == 0


@pytest.mark.parametrize("step", [1, 2, 3, 5, 10, 12])
def test_stopped_at_any_step_it_is_saved_there(tmp_path: Path, whole: tuple[train.Training, bytes], step: int) -> None:
    path = tmp_path / "a.pt"
    with pytest.raises(train.Stopped):
        run(path, stop=StopAt(step))
    state = torch.load(path, weights_only=True)
    assert 3 * len(state["history"]) + state["progress"]["step"] == step  # an epoch has three
    training = run(path)
    assert tensors(path) == whole[1]
    assert outcome(training) == outcome(whole[0])


def test_long_epochs_are_saved_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from zsbench.train import trainer

    saved: list[tuple[int, int]] = []
    real = checkpoint.save

    def save(path: Path, state: checkpoint.State) -> None:
        saved.append((len(state["history"]), state["progress"]["step"]))
        real(path, state)

    monkeypatch.setattr(checkpoint, "save", save)
    monkeypatch.setattr(trainer, "CHECKPOINT_SECONDS", -1)
    run(tmp_path / "a.pt", epochs=2)
    assert list(dict.fromkeys(saved)) == [(0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (1, 3), (2, 0)]
