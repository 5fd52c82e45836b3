"""What accuracy an architecture reaches when it is trained, and the data sets it is trained on."""

from train.data import DATASETS, DataError, DataSet, load
from train.loop import train
from train.recipe import RECIPES, Recipe, recipe
from train.training import Epoch, Training

__all__ = [
    "DATASETS",
    "RECIPES",
    "DataError",
    "DataSet",
    "Epoch",
    "Recipe",
    "Training",
    "load",
    "recipe",
    "train",
]
