"""Choose how a data set gives its batches: from the memory of the device, or from files."""

from dataclasses import replace

import torch

from .base import BatchSource, Images
from .dataset import DataSet
from .resident import ResidentImages
from .stream import ImageStream


def open_source(data: Images, device: torch.device, resolution: int) -> BatchSource:
    """The batches of a data set, images resized to `resolution` pixels; a set in memory is copied to the device."""
    if isinstance(data, ImageStream):
        return replace(data, resolution=resolution, pin_memory=device.type == "cuda")
    if isinstance(data, DataSet):
        return ResidentImages(data, device, resolution)
    raise TypeError(f"cannot read images of {type(data).__name__}")
