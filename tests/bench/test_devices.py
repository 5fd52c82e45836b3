"""The names of devices. No GPU is needed: what PyTorch finds is told to it."""

import os

import pytest
import torch
from zsbench.bench.devices import resolve_device


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")


def test_a_gpu_is_chosen_by_its_number(gpu: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolve_device("cuda") == "cuda"
    assert os.environ["CUDA_VISIBLE_DEVICES"] == ""
    assert resolve_device("cuda:1") == "cuda"
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "1"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "6, GPU-2b")
    assert resolve_device("cuda:1") == "cuda"
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "GPU-2b"
    with pytest.raises(ValueError, match="cuda:1: CUDA_VISIBLE_DEVICES leaves 1 GPUs"):
        resolve_device("cuda:1")


def test_metal(no_gpu: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="mps: PyTorch finds no Metal device"):
        resolve_device("mps")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert resolve_device("mps") == "mps"
    assert resolve_device("auto") == "cpu", "not tried enough to be chosen unasked"


@pytest.mark.parametrize("name", ["cuda", "cuda:0", "cuda:7"])
def test_a_gpu_that_is_not_there(no_gpu: None, name: str) -> None:
    with pytest.raises(ValueError, match=f"{name}: PyTorch finds no .*CUDA device here"):
        resolve_device(name)


@pytest.mark.parametrize("name", ["", "gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:\u0661", "cpu:0", "cuda:N", "mps:0"])
def test_other_names_are_refused(no_gpu: None, name: str) -> None:
    with pytest.raises(ValueError, match="choose auto, cpu, cuda, cuda:N"):
        resolve_device(name)
