"""The training recipes: every hyper-parameter, with its unit, in one place."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from ..names import unknown_name


class RecipeError(ValueError):
    """A recipe that cannot be followed with these settings; the message says why, in one line."""


@dataclass(frozen=True)
class Recipe:
    """How a network is trained: SGD with warm-up and cosine decay, batch norm, augmented images."""

    name: str
    description: str
    epochs: int  # passes over the train images
    batch_size: int  # images of a step, on all devices together
    lr: float  # peak learning rate for a batch of 256, scaled in proportion to the batch
    momentum: float
    nesterov: bool
    weight_decay: float  # L2, on the weights of convolutions and linear layers only
    warmup_epochs: float  # linear from 0 to the peak; at most half of the run
    label_smoothing: float  # probability spread over all classes
    bn_momentum: float  # share of the newest batch in the running statistics
    init: str  # a name of `train.init.INITS`
    # Images that batch norm averages over (None: those of a step). A step goes through the network in parts of this
    # size, one after another or on several devices, so that the number of devices changes no gradient.
    norm_batch: int | None = None
    # Augmentations, in this order.
    crop_padding: float = 0  # largest shift of the random crop, as a fraction of the image's side
    padding_mode: str = "zero"  # how a shift fills the free edge: "zero" or "reflect"
    flip: bool = True  # mirror left to right, where the data set allows it
    autoaugment: str | None = None  # a policy of `train.augment.autoaugment`
    cutout: float = 0  # side of the square that is set to 0, as a fraction of the image's side
    erasing: float = 0  # probability that a rectangle is set to 0, see `train.augment.erasing`
    mixup: float = 0  # parameter of the Beta distribution from which each batch draws its share
    # The network, its images and its teacher.
    squeeze: float = 0  # hidden width of squeeze-and-excitation, as a fraction of the channels; 0: none
    width: float = 1  # channels of the network that is trained, as a fraction of the architecture's
    resolution: float = 1  # side of the images in training and test, as a fraction of the data set's
    teacher: str | None = None  # a timm model whose logits and features are distilled
    teacher_weights: str = "pretrained"  # the weights of timm; or "random"; or a file
    teacher_resolution: int | None = None  # pixels; None: that of the student

    @property
    def peak_lr(self) -> float:
        """The learning rate after warm-up, for this batch size."""
        return self.lr * self.batch_size / 256

    @property
    def hyper_parameters(self) -> dict[str, Any]:
        """The name and every hyper-parameter, in plain values."""
        return {name: value for name, value in asdict(self).items() if name != "description"}

    @property
    def structures_only(self) -> bool:
        """Whether the recipe changes networks in a way that is defined for structure strings only."""
        return self.width != 1 or self.squeeze > 0

    def crop_pixels(self, side: int) -> int:
        """Largest shift of the random crop, in pixels, for images of `side` pixels."""
        return round(self.crop_padding * side)

    def cutout_pixels(self, side: int) -> int:
        """Side of the blanked square, in pixels, for images of `side` pixels."""
        return round(self.cutout * side)

    def parts(self, batch_size: int) -> int:
        """The number of parts in which a step of `batch_size` images goes through the network."""
        return max(1, batch_size // (self.norm_batch or batch_size))


FAST = Recipe(
    name="fast",
    description="10 epochs with a high learning rate, shifts and mirroring: cheap enough for a table on a CPU",
    epochs=10,
    batch_size=64,
    lr=1.6,
    momentum=0.9,
    nesterov=True,
    weight_decay=5e-4,
    warmup_epochs=2,  # with fewer, some narrow networks diverge on the digits and recover late
    label_smoothing=0.1,
    crop_padding=0.0625,  # 2 pixels of 32: a short run gains nothing from more
    padding_mode="reflect",
    bn_momentum=0.1,
    init="kaiming",
)

# Lin et al., "Zen-NAS", ICCV 2021, whose recipe the published table was trained with.
PAPER = Recipe(
    name="paper",
    description="that of the published table: 1440 epochs with AutoAugment, random erasing and mixup",
    epochs=1440,
    batch_size=64,
    lr=0.1,
    momentum=0.9,
    nesterov=True,
    weight_decay=5e-4,
    warmup_epochs=5,
    label_smoothing=0.1,
    crop_padding=0.125,  # 4 pixels of 32
    autoaugment="cifar10",  # for CIFAR-100 too
    erasing=0.5,
    mixup=0.2,
    bn_momentum=0.01,
    init="published",
)

PAPER_IMAGENET = replace(
    PAPER,
    name="paper-imagenet",
    description="the published one for ImageNet: 480 epochs, squeeze-and-excitation, a teacher (EfficientNet-B3)",
    epochs=480,
    batch_size=512,  # eight cards of 64 images
    norm_batch=64,
    weight_decay=4e-5,
    crop_padding=0,  # images come as random resized crops
    autoaugment="imagenet",
    squeeze=0.25,
    teacher="tf_efficientnet_b3.ns_jft_in1k",
    teacher_resolution=320,
)


def _vary_fast(suffix: str, what: str, **changes: Any) -> Recipe:
    return replace(FAST, name=f"fast-{suffix}", description=f"`fast`, {what}", **changes)


RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        FAST,
        _vary_fast("5", "5 epochs", epochs=5),
        _vary_fast("30", "30 epochs", epochs=30),
        _vary_fast("100", "100 epochs", epochs=100),
        _vary_fast("half-width", "half the channels", width=0.5),
        _vary_fast("half-resolution", "images of half the side", resolution=0.5),
        PAPER,
        PAPER_IMAGENET,
    )
}


def recipe(name: str) -> Recipe:
    """Look up a recipe by its name; the ValueError for an unknown one lists the names."""
    if name not in RECIPES:
        raise ValueError(unknown_name("recipe", name, RECIPES))
    return RECIPES[name]
