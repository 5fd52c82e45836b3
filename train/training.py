"""What a training reports: one record an epoch, and one for the whole."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "nan", "error"]


@dataclass(frozen=True)
class Epoch:
    """One pass over the train images.

    `epoch` counts from 1; `loss` is the mean over the epoch's batches, in nats; `accuracy` is top-1 on the test images
    afterwards, in percent (None: not measured; NaN: a logit was not finite); `learning_rate` is that of the last step;
    `seconds` is the wall-clock time of the pass, without the measuring of the accuracy.
    """

    epoch: int
    loss: float
    accuracy: float | None
    learning_rate: float
    seconds: float

    @property
    def finite(self) -> bool:
        """Whether the loss is a number; after one that is not, there is nothing left to train."""
        return math.isfinite(self.loss)


@dataclass(frozen=True)
class Training:
    """A training as it ended.

    `accuracy` is top-1 on the test images after the last epoch, in percent, and None unless `status` is "ok": it is
    "nan" where a loss or a test logit was not finite and "error" where torch could not go on, with the `reason`.
    `seconds` is the sum over the epochs, those of earlier, interrupted runs included; `images_per_second` counts train
    images over it. `device` is "cpu" or the card's name, `precision` what convolutions were computed in. `params` (a
    count) and `macs` (multiply-adds for one image) are the architecture's, also where a recipe trains a smaller one.
    """

    accuracy: float | None
    status: Status
    reason: str | None
    seconds: float
    images_per_second: float
    device: str
    precision: str
    params: int
    macs: int
    epochs: tuple[Epoch, ...]
    recipe: str
    dataset: str
    seed: int


def finished(history: Sequence[Epoch], epochs: int) -> bool:
    """Whether a history is that of a training which has come to its end, good or bad."""
    return bool(history) and (len(history) >= epochs or not history[-1].finite)
