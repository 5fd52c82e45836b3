"""What accuracy an architecture reaches when it is trained, and the data sets it is trained on."""

from .data import DATASETS, STREAMED, DataError, DataSet, load, open_images
from .exporting import FORMATS, ExportError, export, load_network
from .group import ALONE, Group, joined
from .job import Images
from .loop import Stopped, train
from .precision import PRECISIONS
from .recipe import RECIPES, Recipe, RecipeError, recipe
from .training import Epoch, Training

__all__ = [
    "ALONE",
    "DATASETS",
    "FORMATS",
    "PRECISIONS",
    "RECIPES",
    "STREAMED",
    "DataError",
    "DataSet",
    "Epoch",
    "ExportError",
    "Group",
    "Images",
    "Recipe",
    "RecipeError",
    "Stopped",
    "Training",
    "export",
    "joined",
    "load",
    "load_network",
    "open_images",
    "recipe",
    "train",
]
