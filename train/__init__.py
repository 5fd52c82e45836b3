"""What accuracy an architecture reaches when it is trained, and the data sets it is trained on."""

from train.data import DATASETS, DataError, DataSet, load
from train.group import ALONE, Group, joined
from train.loop import Stopped, train
from train.precision import PRECISIONS
from train.recipe import RECIPES, Recipe, RecipeError, recipe
from train.training import Epoch, Training

__all__ = [
    "ALONE",
    "DATASETS",
    "PRECISIONS",
    "RECIPES",
    "DataError",
    "DataSet",
    "Epoch",
    "Group",
    "Recipe",
    "RecipeError",
    "Stopped",
    "Training",
    "joined",
    "load",
    "recipe",
    "train",
]
