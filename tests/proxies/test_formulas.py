"""Each proxy against its formula, written out slowly on a network that the test holds."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional
from zsbench import proxies, space
from zsbench.proxies.batch import Batch, Setting, draw_noise, make_generator
from zsbench.proxies.tools.activations import agreement
from zsbench.proxies.tools.initialise import initialise
from zsbench.proxies.tools.tangent import tangent_kernel
from zsbench.proxies.zoo.incorporated import incorporated_l, incorporated_raw, incorporated_s
from zsbench.proxies.zoo.naswot_zen import naswot_zen
from zsbench.proxies.zoo.te_nas_zen import te_nas_zen
from zsbench.proxies.zoo.zen import zen

SETTING = Setting(seed=0, resolution=12, batch_size=6, num_classes=5, residual=False)


def network_of(architecture: space.Structure, init: str) -> space.Network:
    network = space.build(architecture, 5, residual=False, initialise=False)
    initialise(network, init, make_generator(0, "test"))
    return network.double()


def batch_of() -> Batch:
    random = make_generator(1, "test")
    images = draw_noise((6, 3, 12, 12), random).double()
    return Batch(images, torch.randint(5, (6,), generator=random), SETTING, random)


def norms(network: nn.Module) -> list[nn.BatchNorm2d]:
    return [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]


def slow_zen(network: space.Network, batch: Batch) -> float:
    images, other = batch.images, batch.noise()
    maps = []
    running = [torch.ones(norm.num_features, dtype=torch.float64) for norm in norms(network)]
    for x in (images, images + 0.01 * other):
        index = 0
        for unit in network.units:
            for conv in unit.convs:
                x = functional.conv2d(x, conv.weight, None, conv.stride, conv.padding)
                mean = x.mean((0, 2, 3), keepdim=True)
                biased = ((x - mean) ** 2).mean((0, 2, 3))
                count = x.numel() // x.shape[1]
                running[index] = 0.9 * running[index] + 0.1 * biased * count / (count - 1)
                index += 1
                x = ((x - mean) / (biased.view(1, -1, 1, 1) + 1e-3).sqrt()).clamp(min=0)
        maps.append(x)
    per_image = [sum((a - b).abs().flatten().tolist()) for a, b in zip(*maps, strict=True)]
    variances = [math.log(sum(r.tolist()) / len(r)) for r in running]
    return math.log(sum(per_image) / len(per_image)) + 0.5 * sum(variances)


def test_zen(tiny: space.Structure) -> None:
    expected = slow_zen(network_of(tiny, "gaussian"), batch_of())
    assert zen(network_of(tiny, "gaussian"), batch_of()) == pytest.approx(expected, rel=1e-9)


def test_incorporated(tiny: space.Structure) -> None:
    h = space.entropy(tiny, 12)
    assert h > 0
    z = slow_zen(network_of(tiny, "gaussian"), batch_of())
    for proxy, expected in (
        (incorporated_l, 0.5 * z + 0.01 * math.log(h)),
        (incorporated_s, 0.9 * z + 0.1 * math.sqrt(h)),
        (incorporated_raw, z + h),
    ):
        assert proxy(network_of(tiny, "gaussian"), batch_of()) == pytest.approx(expected, rel=1e-9)


def test_incorporated_l_weighs_otherwise_on_imagenet(tiny: space.Structure) -> None:
    values = {
        name: proxies.score(name, tiny, resolution=16, batch_size=4, num_classes=1000).value
        for name in ("zen", "incorporated_l")
    }
    expected = 0.9 * values["zen"] + 0.1 * math.log(space.entropy(tiny, 16))
    assert values["incorporated_l"] == pytest.approx(expected, rel=1e-6)


def test_incorporated_has_no_value_without_entropy() -> None:
    uneven = space.parse(
        "SuperConvK3BNRELU(3,8,1,1)SuperResK3K3(8,8,1,8,1)SuperResK3K3(8,8,1,8,1)SuperResK3K3(8,8,1,8,12)"
    )
    assert space.entropy(uneven, 16) < 0
    small = {"resolution": 16, "batch_size": 4, "num_classes": 10}
    assert proxies.score("incorporated_l", uneven, **small).status == "nan"
    assert proxies.score("incorporated_s", uneven, **small).status == "nan"
    assert proxies.score("incorporated_raw", uneven, **small).status == "ok"


def test_grad_norm_zen(tiny: space.Structure) -> None:
    from zsbench.proxies.zoo.grad_norm_zen import grad_norm_zen

    network, batch = network_of(tiny, "gaussian"), batch_of()
    logits = network(batch.images)
    log_probabilities = logits - logits.exp().sum(1, keepdim=True).log()
    (-log_probabilities[torch.arange(6), batch.labels].mean()).backward()
    expected = math.sqrt(sum((p.grad**2).sum().item() for p in network.parameters()))
    assert grad_norm_zen(network_of(tiny, "gaussian"), batch_of()) == pytest.approx(expected, rel=1e-9)


def test_synflow_zen(tiny: space.Structure) -> None:
    from zsbench.proxies.zoo.synflow_zen import synflow_zen

    ones = Batch(torch.ones(1, 3, 12, 12, dtype=torch.float64), torch.zeros(1), SETTING, make_generator(0))
    network = network_of(tiny, "gaussian")
    for parameter in network.parameters():
        parameter.data = parameter.data.abs()
    network(ones.images).sum().backward()
    expected = 0.0
    for layer in network.layers():
        flows = [(w * g).abs().sum().item() for w, g in zip(layer.weight, layer.weight.grad, strict=True)]
        expected -= sum(flows) / len(flows)
    kept = network_of(tiny, "gaussian")
    weights = [p.clone() for p in kept.parameters()]
    assert synflow_zen(kept, ones) == pytest.approx(expected, rel=1e-9)
    assert all(torch.equal(p, w) for p, w in zip(kept.parameters(), weights, strict=True)), "the network is left alone"


def test_te_nas_zen(tiny: space.Structure) -> None:
    network, batch = network_of(tiny, "default"), batch_of()
    rows = []
    for index in range(6):
        network.zero_grad()
        network(batch.images)[index].sum().backward()
        rows.append(torch.cat([p.grad.flatten() for n, p in network.named_parameters() if n.endswith("weight")]))
    g = torch.stack(rows)
    kernel = torch.tensor([[float(a @ b) for a in g] for b in g], dtype=torch.float64)
    torch.testing.assert_close(tangent_kernel(network_of(tiny, "default"), batch.images), kernel, rtol=1e-9, atol=0)
    eigenvalues = torch.linalg.eigvalsh(kernel)
    value = te_nas_zen(network_of(tiny, "default"), batch_of())
    assert value == pytest.approx(-float(eigenvalues.max() / eigenvalues.min()), rel=1e-6)


def test_a_singular_kernel_has_no_condition_number() -> None:
    # On a map of one pixel all features of an image may be dead; its gradient is then that of no weight at all.
    dead = space.parse("SuperConvK3BNRELU(3,8,1,1)SuperResK3K3(8,8,2,8,1)SuperConvK1BNRELU(8,8,1,1)")
    small = {"resolution": 2, "batch_size": 16, "num_classes": 10}
    scores = [proxies.score("te_nas_zen", dead, seed=seed, **small) for seed in (45, 64, 96)]
    assert all(score.status == "inf" for score in scores)


def test_naswot_zen(tiny: space.Structure) -> None:
    network, batch = network_of(tiny, "gaussian"), batch_of()
    patterns = []
    x = batch.images
    for unit in network.units:
        for index in range(len(unit.convs)):
            x = unit.norms[index](unit.convs[index](x))
            patterns.append((x > 0).flatten(1))
            x = x.clamp(min=0)
    c = torch.cat(patterns, 1)
    kernel = torch.tensor([[float((a == b).sum()) for a in c] for b in c], dtype=torch.float64)
    torch.testing.assert_close(agreement(network_of(tiny, "gaussian"), batch.images), kernel, rtol=0, atol=0)
    expected = math.log(abs(torch.linalg.det(kernel).item()))
    assert naswot_zen(network_of(tiny, "gaussian"), batch_of()) == pytest.approx(expected, rel=1e-9)


def test_naswot_of_equal_images_has_no_value(tiny: space.Structure) -> None:
    source = proxies.ImageSource("equal", torch.ones(8, 3, 16, 16), torch.arange(8), torch.zeros(3), torch.ones(3))
    score = proxies.score("naswot_zen", tiny, resolution=16, batch_size=8, num_classes=10, images=source)
    assert score.status == "inf"


def test_entropy_is_the_closed_form(tiny: space.Structure) -> None:
    assert proxies.score("entropy", tiny, resolution=24).value == space.entropy(tiny, 24)


def test_random_is_one_draw_an_architecture_and_seed() -> None:
    some = [
        space.parse(f"SuperConvK3BNRELU(3,{8 * i},1,1)SuperResK3K3({8 * i},8,1,8,{j})")
        for i in range(1, 21)
        for j in range(1, 21)
    ]
    values = torch.tensor([proxies.score("random", a).value for a in some], dtype=torch.float64)
    again = torch.tensor([proxies.score("random", a).value for a in some], dtype=torch.float64)
    other = torch.tensor([proxies.score("random", a, seed=1).value for a in some], dtype=torch.float64)
    assert torch.equal(values, again)
    assert abs(values.mean()) < 0.2
    assert values.std().item() == pytest.approx(1, abs=0.15)
    assert abs(torch.corrcoef(torch.stack([values, other]))[0, 1]) < 0.2
