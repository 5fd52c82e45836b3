"""What accuracy an architecture reaches when it is trained, and the data sets it is trained on."""

from train.data import DATASETS, STREAMED, DataError, DataSet, load, open_images
from train.exporting import FORMATS, ExportError, export, load_network
from train.group import ALONE, Group, joined
from train.job import Images
from train.loop import Stopped, train
from train.precision import PRECISIONS
from train.recipe import RECIPES, Recipe, RecipeError, recipe
from train.training import Epoch, Training

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
