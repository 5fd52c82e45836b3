"""One network trained by two processes: the losses of one process with the same batches."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from zsbench import space, train

TINY = "SuperConvK3BNRELU(3,8,2,1)SuperResK3K3(8,8,2,8,1)SuperConvK1BNRELU(8,32,1,1)"
RECIPE = replace(train.recipe("fast"), batch_size=64, norm_batch=16, mixup=0.2, cutout=0.25)

SCRIPT = f"""
import json, sys
from dataclasses import replace
from pathlib import Path
import torch
from zsbench import space, train

torch.set_num_threads(1)
recipe = replace(train.recipe("fast"), batch_size=64, norm_batch=16, mixup=0.2, cutout=0.25)
stop_at = int(sys.argv[2])
left = [stop_at]

def stop():  # said by one process only: the others have to leave with it
    left[0] -= 1
    return group.rank == 1 and left[0] == 0

with train.join_group() as group:
    data = train.load("digits", train_limit=200)
    try:
        done = train.train(space.parse({TINY!r}), data, recipe, epochs=3, evaluate_every=1, group=group,
                           precision="float32", checkpoint=Path(sys.argv[1]) / "a.pt", stop=stop)
    except train.Stopped:
        done = None
    if group.rank == 0 and done:
        rows = [[epoch.loss, epoch.accuracy] for epoch in done.epochs]
        (Path(sys.argv[1]) / "out.json").write_text(json.dumps([group.size, rows]))
"""


def torchrun(folder: Path, processes: int, stop_at: int = 0) -> list[Any]:
    (folder / "script.py").write_text(SCRIPT)
    launch = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    arguments = [str(folder / "script.py"), str(folder), str(stop_at)]
    done = subprocess.run([sys.executable, *launch, *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "out.json").read_text()) if not stop_at else []


@pytest.fixture(scope="module")
def alone() -> list[train.Epoch]:
    torch.set_num_threads(1)
    data = train.load("digits", train_limit=200)
    options: dict[str, Any] = {"epochs": 3, "evaluate_every": 1, "precision": "float32"}
    return list(train.train(space.parse(TINY), data, RECIPE, **options).epochs)


def test_two_processes_have_the_losses_of_one(tmp_path: Path, alone: list[train.Epoch]) -> None:
    size, rows = torchrun(tmp_path, 2)
    assert size == 2
    assert [loss for loss, _ in rows] == pytest.approx([epoch.loss for epoch in alone], rel=1e-4)
    # Running statistics are the mean of those of both, not those of one after the other: close, not equal.
    assert [accuracy for _, accuracy in rows] == pytest.approx([epoch.accuracy for epoch in alone], abs=5)
    # The saved network is whole, for one process to use.
    model = torch.load(tmp_path / "a.pt", weights_only=True)["model"]
    space.build(space.parse(TINY), 10).load_state_dict(model)


def test_they_stop_together_and_go_on(tmp_path: Path, alone: list[train.Epoch]) -> None:
    torchrun(tmp_path, 2, stop_at=6)  # an epoch has three steps, and is asked once more before it is saved and after
    state = torch.load(tmp_path / "a.pt", weights_only=True)
    assert (len(state["history"]), state["progress"]["step"]) == (1, 2)
    _, rows = torchrun(tmp_path, 2)
    assert [loss for loss, _ in rows] == pytest.approx([epoch.loss for epoch in alone], rel=1e-4)


def test_parts_are_what_batch_norm_sees(alone: list[train.Epoch]) -> None:
    data = train.load("digits", train_limit=200)
    whole = train.train(space.parse(TINY), data, replace(RECIPE, norm_batch=None), epochs=1, precision="float32")
    assert whole.epochs[0].loss != pytest.approx(alone[0].loss, rel=1e-4)


def test_a_step_of_one_part_cannot_be_shared() -> None:
    data = train.load("digits", train_limit=200)
    with pytest.raises(ValueError, match="2 processes cannot share a step of 1 parts"):
        train.train(space.parse(TINY), data, train.recipe("fast"), epochs=1, group=train.Group(0, 2))
