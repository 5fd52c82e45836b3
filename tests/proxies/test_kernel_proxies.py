"""The tangent kernel and the Fisher matrix, and the proxies of their spectra, against slow formulas."""

import math

import numpy as np
import pytest
import torch
from zsbench import proxies, space
from zsbench.proxies.batch import Batch, Setting, draw_noise, make_generator
from zsbench.proxies.tools.initialise import initialise
from zsbench.proxies.tools.tangent import extremes, tangent_kernel
from zsbench.proxies.zoo.ntk_cond import ntk_cond
from zsbench.proxies.zoo.te_nas import te_nas
from zsbench.proxies.zoo.vkdnw import vkdnw

SETTING = Setting(seed=0, resolution=12, batch_size=6, num_classes=5, residual=True)
SMALL = {"resolution": 16, "batch_size": 8, "num_classes": 10}
DEAD = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"


def network_of(architecture: space.Architecture, init: str) -> space.Network:
    network = space.build(architecture, 5, residual=True, initialise=False)
    initialise(network, init, make_generator(0, "test"))
    return network.double()


def images_of(size: int) -> torch.Tensor:
    return draw_noise((size, 3, 12, 12), make_generator(1, "test")).double()


def batch_of(images: torch.Tensor) -> Batch:
    return Batch(images, torch.zeros(len(images)), SETTING, make_generator(0))


def slow_kernel(network: space.Network, images: torch.Tensor) -> torch.Tensor:
    rows = []
    for index in range(len(images)):
        network.zero_grad()
        network(images)[index].sum().backward()
        rows.append(torch.cat([p.grad.flatten() for n, p in network.named_parameters() if n.endswith("weight")]))
    return torch.tensor([[float(a @ b) for a in rows] for b in rows], dtype=torch.float64)


def test_tangent_kernel(tiny: space.Structure) -> None:
    images = images_of(6)
    expected = slow_kernel(network_of(tiny, "kaiming"), images)
    kernel = tangent_kernel(network_of(tiny, "kaiming"), images)
    torch.testing.assert_close(kernel, expected, rtol=1e-9, atol=0)


@pytest.mark.parametrize("numbers", [1, 6 * 300])
def test_the_tangent_kernel_may_be_summed_in_rounds(tiny: space.Structure, numbers: int) -> None:
    network, images = network_of(tiny, "kaiming"), images_of(6)
    whole = tangent_kernel(network, images)
    torch.testing.assert_close(tangent_kernel(network, images, numbers), whole, rtol=1e-12, atol=0)


def test_the_tangent_kernel_of_a_dead_cell_is_zero() -> None:
    kernel = tangent_kernel(network_of(space.parse(DEAD), "kaiming"), images_of(3))
    assert kernel.shape == (3, 3)
    assert kernel.abs().max() == 0
    assert proxies.score("ntk_cond", space.parse(DEAD), **SMALL).status == "inf"


def test_ntk_cond(tiny: space.Structure) -> None:
    images = images_of(6)
    eigenvalues = torch.linalg.eigvalsh(slow_kernel(network_of(tiny, "kaiming"), images))
    expected = -math.log(float(eigenvalues.max() / eigenvalues.min()))
    assert ntk_cond(network_of(tiny, "kaiming"), batch_of(images)) == pytest.approx(expected, rel=1e-6)


def test_a_kernel_is_singular_below_rounding() -> None:
    v = torch.tensor([[1.0, 2.0, 3.0]], dtype=torch.float64)
    smallest, largest = extremes(v.T @ v)
    assert smallest == 0
    assert largest == pytest.approx(14)
    assert extremes(torch.diag(torch.tensor([4.0, 1e-9, 2.0], dtype=torch.float64))) == (1e-9, 4.0)


def test_te_nas_is_its_two_parts(tiny: space.Structure) -> None:
    score = proxies.score("te_nas", tiny, seed=2, **SMALL)
    parts = [proxies.score(name, tiny, seed=2, **SMALL).value for name in ("ntk_cond", "linear_regions")]
    assert (score.status, score.value, score.components) == ("ok", None, tuple(parts))
    assert te_nas((3.0, 4.0)) == (3.0, 4.0)


def test_te_nas_fails_with_a_part() -> None:
    score = proxies.score("te_nas", space.parse(DEAD), **SMALL)
    assert (score.status, score.components) == ("inf", None)
    assert score.reason.startswith("ntk_cond")


def slow_vkdnw(network: space.Network, images: torch.Tensor) -> float:
    parameters = list(network.parameters())
    fisher = np.zeros((len(parameters), len(parameters)))
    for image in images:
        logits = network(image[None])[0]
        softmax = [math.exp(y) for y in logits.tolist()]
        p = np.array([0.95 * s / sum(softmax) + 0.05 / len(softmax) for s in softmax])
        jacobian = np.array(
            [[g.flatten()[0].item() for g in torch.autograd.grad(y, parameters, retain_graph=True)] for y in logits]
        )
        fisher += jacobian.T @ (np.diag(p) - np.outer(p, p)) @ jacobian / len(images)
    deciles = np.quantile(np.linalg.eigvalsh(fisher), [k / 10 for k in range(1, 10)])
    shares = deciles / deciles.sum()
    return len(parameters) - sum(q * math.log(q) for q in shares if q > 0)


@pytest.mark.parametrize("init", ["kaiming", "default"])  # only with the default one biases are not zero
def test_vkdnw(tiny: space.Structure, init: str) -> None:
    images = images_of(4)
    expected = slow_vkdnw(network_of(tiny, init).eval(), images)
    assert vkdnw(network_of(tiny, init).eval(), batch_of(images)) == pytest.approx(expected, abs=1e-6)


def test_vkdnw_of_grouped_and_strided_convolutions() -> None:
    mobile = space.parse(
        "SuperConvK3BNRELU(3,8,2,1)SuperResIDWE2K3(8,16,2,8,1)SuperResIDWE2K5(16,16,1,8,1)SuperConvK1BNRELU(16,16,1,1)"
    )
    images = images_of(4)
    expected = slow_vkdnw(network_of(mobile, "kaiming").eval(), images)
    assert vkdnw(network_of(mobile, "kaiming").eval(), batch_of(images)) == pytest.approx(expected, abs=1e-6)


def test_vkdnw_of_a_dead_cell_is_its_number_of_tensors() -> None:
    network = network_of(space.parse(DEAD), "kaiming").eval()
    assert vkdnw(network, batch_of(images_of(3))) == len(list(network.parameters()))


def test_vkdnw_leaves_no_hook_and_changes_no_weight(tiny: space.Structure) -> None:
    network = network_of(tiny, "kaiming").eval()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    vkdnw(network, batch_of(images_of(3)))
    assert not any(module._forward_hooks for module in network.modules())
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert all(p.grad is None for p in network.parameters())
