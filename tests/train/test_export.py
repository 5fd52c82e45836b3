"""What becomes of a trained network elsewhere: the same logits."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from zsbench import space, train

TINY = "SuperConvK3BNRELU(3,8,1,1)SuperResK3K3(8,16,2,8,1)SuperResIDWE2K3(16,24,2,16,1)SuperConvK1BNRELU(24,32,1,1)"
DOCS = Path(__file__).parents[2] / "docs" / "export.md"


@pytest.fixture(scope="module", params=[0, 0.25], ids=["plain", "squeeze"])
def winner(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "winner.pt"
    recipe = replace(train.recipe("fast"), squeeze=request.param)
    done = train.train(space.parse(TINY), train.load("digits"), recipe, epochs=4, checkpoint=path)
    assert done.status == "ok"
    return path


def images(count: int = 5) -> torch.Tensor:
    return torch.randn(count, 3, 16, 16, generator=torch.Generator().manual_seed(0))


def snippets() -> list[str]:
    return re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)


def run(snippet: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.chdir(folder)
    names: dict[str, Any] = {}
    exec(snippet, names)
    return names


def test_the_documented_lines_give_the_network_that_was_trained(winner: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snippet = snippets()[0]
    assert len([line for line in snippet.splitlines() if line]) == 6
    network = run(snippet, winner.parent, monkeypatch)["network"].eval()
    same, about = train.load_network(winner)
    assert torch.equal(network(images()), same(images()))
    # It is the trained one: it classifies the test images as well as the training says.
    data = train.load("digits")
    mean, std = (torch.tensor(about["preprocessing"][name])[:, None, None] for name in ("mean", "std"))
    with torch.no_grad():
        right = network((data.test_images - mean) / std).argmax(1) == data.test_labels
    assert about["accuracy"] > 30
    assert abs(100 * right.float().mean().item() - about["accuracy"]) < 1  # it may have been measured in bfloat16
    assert about["preprocessing"]["resize"] == about["preprocessing"]["resolution"] == 16


def test_a_program_of_torch_gives_the_same_logits(winner: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    about = train.export(winner, "torch", winner.with_suffix(".pt2"))
    names = run(snippets()[1], winner.parent, monkeypatch)
    assert names["about"] == about
    assert names["logits"].shape == (8, 10)
    network, _ = train.load_network(winner)
    for count in (1, 5):
        torch.testing.assert_close(names["network"](images(count)), network(images(count)), rtol=1e-5, atol=1e-5)


def test_onnx_gives_the_same_logits(winner: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnxscript")
    pytest.importorskip("onnxruntime")
    about = train.export(winner, "onnx", winner.with_suffix(".onnx"))
    names = run(snippets()[2], winner.parent, monkeypatch)
    assert names["about"] == json.loads(json.dumps(about))
    assert names["logits"].shape == (8, 10)
    network, _ = train.load_network(winner)
    for count in (1, 5):
        (logits,) = names["session"].run(None, {"images": images(count).numpy()})
        torch.testing.assert_close(torch.from_numpy(logits), network(images(count)), rtol=1e-4, atol=1e-4)


def test_what_is_no_checkpoint_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "foreign.pt").write_bytes(b"no checkpoint")
    torch.save({"a": 1}, tmp_path / "other.pt")
    for name, message in (
        ("missing", "cannot be read: No such file"),
        ("foreign", "damaged"),
        ("other", "not a checkpoint of this program"),
    ):
        with pytest.raises(train.ExportError, match=message) as caught:
            train.export(tmp_path / f"{name}.pt", "torch", tmp_path / "out.pt2")
        assert "\n" not in str(caught.value)
    assert not (tmp_path / "out.pt2").exists()


def test_a_file_that_cannot_be_written_is_told(winner: Path, tmp_path: Path) -> None:
    with pytest.raises(train.ExportError, match="absent"):
        train.export(winner, "torch", tmp_path / "absent" / "out.pt2")
    (tmp_path / "folder").mkdir()
    with pytest.raises(train.ExportError, match="folder"):
        train.export(winner, "torch", tmp_path / "folder")
    with pytest.raises(train.ExportError, match="folder"):
        train.export(winner, "torch", Path())
    with pytest.raises(train.ExportError, match="the checkpoint itself"):
        train.export(winner, "torch", winner)
    assert list(tmp_path.iterdir()) == [tmp_path / "folder"]
