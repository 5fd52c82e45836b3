"""The data sets: where their files lie, how they are decoded and cached, and how a training gets its batches."""

from .base import Batch, BatchSource, DataError, Images, RootMissingError
from .classes import count_classes
from .dataset import DataSet
from .loading import DATASETS, STREAMED, load, open_images
from .reading import open_source
from .stream import ImageStream

__all__ = [
    "DATASETS",
    "STREAMED",
    "Batch",
    "BatchSource",
    "DataError",
    "DataSet",
    "ImageStream",
    "Images",
    "RootMissingError",
    "count_classes",
    "load",
    "open_images",
    "open_source",
]
