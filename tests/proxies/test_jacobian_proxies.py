"""Proxies of the gradients by the images, each against its formula written out slowly."""

import math

import numpy as np
import pytest
import torch
from zsbench import proxies, space
from zsbench.proxies.batch import Batch, Setting, draw_noise, make_generator
from zsbench.proxies.tools.initialise import initialise
from zsbench.proxies.zoo.epe_nas import epe_nas
from zsbench.proxies.zoo.jacob_cov import jacob_cov

ARCHITECTURES = (
    "SuperConvK3BNRELU(3,8,1,1)SuperResK1K3K1(8,16,2,8,1)SuperResK3K3(16,16,1,8,1)SuperConvK1BNRELU(16,24,1,1)",
    "|nor_conv_1x1~0|+|none~0|none~1|+|nor_conv_1x1~0|none~1|none~2|",
)
K = 1e-5


def network_of(text: str) -> space.Network:
    network = space.build(space.parse(text), 5, initialise=False)
    initialise(network, "default", make_generator(0, "test"))
    return network.double().train()


def batch_of(labels: list[int], num_classes: int = 5) -> Batch:
    random = make_generator(1, "test")
    images = draw_noise((len(labels), 3, 8, 8), random).double()
    setting = Setting(seed=0, resolution=8, batch_size=len(labels), num_classes=num_classes, residual=True)
    return Batch(images, torch.tensor(labels), setting, random)


def jacobian(network: space.Network, images: torch.Tensor) -> np.ndarray:
    """One row an image, whose gradient is that of all logits of the batch."""
    rows = []
    for n in range(len(images)):
        each = [image.clone().requires_grad_(i == n) for i, image in enumerate(images)]
        network(torch.stack(each)).sum().backward()
        rows.append(each[n].grad.flatten().numpy())
    return np.stack(rows)


def correlation(rows: np.ndarray) -> np.ndarray:
    centred = rows - rows.mean(1, keepdims=True)
    norms = np.sqrt((centred**2).sum(1))
    return centred @ centred.T / np.outer(norms, norms)


@pytest.mark.parametrize("text", ARCHITECTURES)
def test_jacob_cov(text: str) -> None:
    batch = batch_of([0] * 6)
    eigenvalues = np.linalg.eigvals(correlation(jacobian(network_of(text), batch.images))).real
    expected = -sum(math.log(v + K) + 1 / (v + K) for v in eigenvalues)
    assert jacob_cov(network_of(text), batch) == pytest.approx(expected, rel=1e-6)


def test_jacob_cov_of_equal_images_is_that_of_a_matrix_of_ones(tiny: space.Structure) -> None:
    # λ = (0, …, 0, N): here a solver must not go below −k.
    batch = batch_of([0] * 4)
    batch.images[1:] = batch.images[0]
    expected = -3 * (math.log(K) + 1 / K) - math.log(4 + K) - 1 / (4 + K)
    assert jacob_cov(network_of(str(tiny)), batch) == pytest.approx(expected, rel=1e-6)


def test_jacob_cov_of_one_image_is_that_of_one_eigenvalue_of_one(tiny: space.Structure) -> None:
    expected = -math.log(1 + K) - 1 / (1 + K)
    assert jacob_cov(network_of(str(tiny)), batch_of([0])) == pytest.approx(expected, rel=1e-9)


def slow_epe_nas(rows: np.ndarray, labels: list[int], num_classes: int) -> float:
    sums = []
    for label in sorted(set(labels)):
        members = [n for n, other in enumerate(labels) if other == label]
        matrix = correlation(rows[members])
        s = sum(math.log(abs(c) + K) for c in matrix.flatten())
        if num_classes <= 100:
            sums.append(s)
        elif len(members) > 1:
            sums.append(s / len(members))
    if num_classes <= 100:
        return sum(abs(s) for s in sums)
    return sum(abs(s - other) for s in sums for other in sums) / len(sums)


@pytest.mark.parametrize("num_classes", [100, 101])
@pytest.mark.parametrize("labels", [[0, 3, 0, 3, 1, 1], [4, 2, 2, 2, 0, 0]], ids=["balanced", "uneven"])
@pytest.mark.parametrize("text", ARCHITECTURES)
def test_epe_nas(text: str, labels: list[int], num_classes: int) -> None:
    batch = batch_of(labels, num_classes)
    expected = slow_epe_nas(jacobian(network_of(text), batch.images), labels, num_classes)
    assert expected > 0.1
    assert epe_nas(network_of(text), batch) == pytest.approx(expected, rel=1e-6)


def test_epe_nas_of_single_images_is_nearly_nothing(tiny: space.Structure) -> None:
    value = epe_nas(network_of(str(tiny)), batch_of([0, 1, 2, 3]))
    assert value == pytest.approx(4 * math.log(1 + K), rel=1e-6)


def test_epe_nas_is_given_pairs(tiny: space.Structure) -> None:
    # Of more classes than images, a batch drawn blindly holds hardly two of one.
    score = proxies.score("epe_nas", tiny, resolution=16, batch_size=8, num_classes=1000)
    assert score.status == "ok"
    assert score.value > 0.1
