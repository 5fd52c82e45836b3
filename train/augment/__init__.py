"""Augmentations of whole batches on their device; `pipeline` puts them in the order of a recipe."""

from .pipeline import Augmentation

__all__ = ["Augmentation"]
