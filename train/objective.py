"""The loss that a training minimises, as one module with the network and the projections of a distillation."""

import torch
import torch.nn.functional as F
from torch import nn

from ..space import Network
from .distil import Distillation


class Objective(nn.Module):
    """Cross-entropy with smoothed targets, plus the distillation loss if there is a teacher."""

    def __init__(self, network: Network, label_smoothing: float, distillation: Distillation | None = None):
        super().__init__()
        self.network = network
        self.label_smoothing = label_smoothing
        self.distillation = distillation

    def forward(self, images: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """The loss of images (N, 3, H, W), in nats; `targets` are labels (N,) or probabilities (N, classes)."""
        if self.distillation is None:
            return self._cross_entropy(self.network(images), targets)
        logits, maps = self.network.stages(images)
        return self._cross_entropy(logits, targets) + self.distillation(images, logits, maps)

    def _cross_entropy(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(logits.float(), targets, label_smoothing=self.label_smoothing)
