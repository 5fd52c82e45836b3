"""Train an architecture and measure its accuracy: recipes, data sets, training, export."""

from .data import DATASETS, STREAMED, DataError, DataSet, Images, RootMissingError, count_classes, load, open_images
from .export import FORMATS, ExportError, export, load_network
from .group import ALONE, Group, join_group
from .plan import TrainingPlan
from .precision import PRECISIONS
from .recipe import RECIPES, Recipe, RecipeError, recipe
from .trainer import Stopped, train
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
    "RootMissingError",
    "Stopped",
    "Training",
    "TrainingPlan",
    "count_classes",
    "export",
    "join_group",
    "load",
    "load_network",
    "open_images",
    "recipe",
    "train",
]
