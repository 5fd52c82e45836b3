"""The plain script: a public model built and looked at by hand, without what zsbench has for modules."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
import torchvision
from torch import nn
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel

SIDE, CLASSES = 64, 10
TORCHVISION = (
    "resnet18",
    "mobilenet_v2",
    "mobilenet_v3_small",
    "densenet121",
    "squeezenet1_1",
    "googlenet",
    "shufflenet_v2_x0_5",
    "mnasnet0_5",
    "efficientnet_b0",
    "regnet_y_400mf",
)
TIMM = ("test_resnet", "test_efficientnet", "test_vit")


def make(name: str) -> nn.Module:
    """A model of torchvision or timm, with ten classes."""
    if name in TIMM:
        import timm

        return timm.create_model(name, num_classes=CLASSES, **({"img_size": SIDE} if "vit" in name else {}))
    more = {"init_weights": True} if name == "googlenet" else {}
    return torchvision.models.get_model(name, num_classes=CLASSES, **more)


def _of_googlenet(m: Any, x: torch.Tensor) -> torch.Tensor:
    for part in ("conv1", "maxpool1", "conv2", "conv3", "maxpool2", "inception3a", "inception3b", "maxpool3"):
        x = getattr(m, part)(x)
    for part in (*(f"inception4{letter}" for letter in "abcde"), "maxpool4", "inception5a", "inception5b"):
        x = getattr(m, part)(x)
    return x


def _of_resnet(m: Any, x: torch.Tensor) -> torch.Tensor:
    x = m.maxpool(m.relu(m.bn1(m.conv1(x))))
    return m.layer4(m.layer3(m.layer2(m.layer1(x))))


def _of_shufflenet(m: Any, x: torch.Tensor) -> torch.Tensor:
    return m.conv5(m.stage4(m.stage3(m.stage2(m.maxpool(m.conv1(x))))))


FEATURES: dict[str, Callable[[Any, torch.Tensor], torch.Tensor]] = {
    "resnet18": _of_resnet,
    "mobilenet_v2": lambda m, x: m.features(x),
    "mobilenet_v3_small": lambda m, x: m.features(x),
    "densenet121": lambda m, x: functional.relu(m.features(x)),
    "squeezenet1_1": lambda m, x: m.classifier[2](m.classifier[1](m.features(x))),  # its last convolution classifies
    "googlenet": _of_googlenet,
    "shufflenet_v2_x0_5": _of_shufflenet,
    "mnasnet0_5": lambda m, x: m.layers(x),
    "efficientnet_b0": lambda m, x: m.features(x),
    "regnet_y_400mf": lambda m, x: m.trunk_output(m.stem(x)),
    "test_resnet": lambda m, x: m.forward_features(x),
    "test_efficientnet": lambda m, x: m.forward_features(x),
}


class Plain(nn.Module):
    """A model with the methods that the formulas call, written for each model by hand."""

    known = False

    def __init__(self, name: str):
        super().__init__()
        self.model, self.name = make(name), name

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        with sdpa_kernel(SDPBackend.MATH):  # the only attention that can be differentiated twice
            return self.model(x)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        return FEATURES[self.name](self.model, x)

    def layers(self) -> Iterator[nn.Module]:
        return (m for m in self.modules() if isinstance(m, nn.Conv2d | nn.Linear))
