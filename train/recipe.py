"""The training recipes: every hyper-parameter, with its unit, in one place."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """How a network is trained: SGD with warm-up and cosine decay, batch norm, augmented images."""

    name: str
    epochs: int  # over the train images
    batch_size: int  # images
    lr: float  # peak learning rate for a batch of 256, scaled in proportion to the batch
    momentum: float
    nesterov: bool
    weight_decay: float  # L2, on the weights of convolutions and linear layers only
    warmup_epochs: float  # linear from 0 to the peak; at most half of the run
    label_smoothing: float  # probability spread over all classes
    crop_padding: float  # largest shift of the random crop, as a fraction of the image's side
    padding_mode: str  # what a shift lets in: "zero" or "reflect"
    flip: bool  # mirror left to right, where the data set allows it
    cutout: float  # side of the square that is blanked, as a fraction of the image's side; 0: none
    bn_momentum: float  # share of the newest batch in the running statistics
    init: str  # a name of `train.init.INITS`

    @property
    def peak_lr(self) -> float:
        """The learning rate after warm-up, for this batch size."""
        return self.lr * self.batch_size / 256

    def crop_pixels(self, side: int) -> int:
        """Largest shift of the random crop, in pixels, for images of `side` pixels."""
        return round(self.crop_padding * side)

    def cutout_pixels(self, side: int) -> int:
        """Side of the blanked square, in pixels, for images of `side` pixels."""
        return round(self.cutout * side)


RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            name="fast",
            epochs=10,
            batch_size=64,
            lr=1.6,
            momentum=0.9,
            nesterov=True,
            weight_decay=5e-4,
            warmup_epochs=2,  # with fewer, some narrow networks blow up on the digits and recover late
            label_smoothing=0.1,
            crop_padding=0.0625,  # 2 pixels of 32: a short run gains nothing from more
            padding_mode="reflect",
            flip=True,
            cutout=0,
            bn_momentum=0.1,
            init="kaiming",
        ),
    )
}


def recipe(name: str) -> Recipe:
    """The recipe of a name; `ValueError` lists the names there are."""
    if name not in RECIPES:
        raise ValueError(f"unknown recipe {name!r}; there are: {', '.join(RECIPES)}")
    return RECIPES[name]
