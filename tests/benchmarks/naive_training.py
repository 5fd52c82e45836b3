"""Training as most code has it: transforms an image at a time in loader processes, float32, contiguous memory."""

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms
from torchvision.transforms.autoaugment import AutoAugment, AutoAugmentPolicy
from zsbench import train

WORKERS = 2


class PerImage(Dataset):
    """The `paper` recipe's augmentation by torchvision, an image at a time, as the CIFAR data set of torchvision has it."""

    def __init__(self, data: train.DataSet):
        self.images, self.labels = data.train_images.permute(0, 2, 3, 1).contiguous().numpy(), data.train_labels
        self.transform = transforms.Compose(
            [
                transforms.RandomCrop(32, padding=4),
                transforms.RandomHorizontalFlip(),
                AutoAugment(AutoAugmentPolicy.CIFAR10),
                transforms.ToTensor(),
                transforms.Normalize(data.mean / 255, data.std / 255),
                transforms.RandomErasing(p=0.5, scale=(0.02, 0.33), ratio=(0.3, 3.3), value=0),
            ]
        )

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.transform(Image.fromarray(self.images[index])), int(self.labels[index])


def loader(data: train.DataSet, batch_size: int) -> DataLoader:
    """Batches of an epoch, made by processes of their own."""
    return DataLoader(
        PerImage(data), batch_size, shuffle=True, num_workers=WORKERS, drop_last=True, persistent_workers=True
    )


def epoch(network: nn.Module, optimiser: torch.optim.Optimizer, batches: DataLoader, num_classes: int) -> float:
    """One epoch of the `paper` recipe; its mean loss."""
    network.train()
    device, losses = next(network.parameters()).device, []
    for images, labels in batches:
        images, labels = images.to(device), labels.to(device)
        share = np.random.beta(0.2, 0.2)
        partner = torch.randperm(len(images))
        targets = F.one_hot(labels, num_classes).float()
        mixed = share * images + (1 - share) * images[partner]
        loss = F.cross_entropy(network(mixed), share * targets + (1 - share) * targets[partner], label_smoothing=0.1)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return float(np.mean(losses))
