"""What a training reports: one record for each epoch, and one for the whole."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .. import space
from .plan import TrainingPlan

Status = Literal["ok", "nan", "error"]


@dataclass(frozen=True)
class Epoch:
    """One pass over the train images.

    `epoch` counts from 1; `loss` is the mean over the epoch's batches, in nats; `accuracy` is top-1 on the test images
    afterwards, in percent (None: not measured; NaN: a logit was not finite); `learning_rate` is that of the last step;
    `seconds` is the wall-clock time of the pass, without measuring the accuracy.
    """

    epoch: int
    loss: float
    accuracy: float | None
    learning_rate: float
    seconds: float

    @property
    def finite(self) -> bool:
        """Whether the loss is finite; if not, the training ends here."""
        return math.isfinite(self.loss)


@dataclass(frozen=True)
class Training:
    """The result of a training.

    `accuracy` is top-1 on the test images after the last epoch, in percent, and None unless `status` is "ok". The
    status is "nan" if a loss or a test logit was not finite, and "error" if torch failed; `reason` says why.
    `seconds` is the sum over the epochs, including those of earlier, interrupted runs; `images_per_second` counts train
    images. `device` is "cpu" or the name of the GPU, `precision` the number format of the convolutions. `params` (a
    count) and `macs` (multiply-adds for one image) are the architecture's, also if the recipe trains a smaller network.
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


def is_finished(history: Sequence[Epoch], epochs: int) -> bool:
    """Whether a training of so many epochs has ended: all are done, or the last loss was not finite."""
    return bool(history) and (len(history) >= epochs or not history[-1].finite)


def summarise(
    plan: TrainingPlan, history: Sequence[Epoch], failure: str | None, device: str, precision: str
) -> Training:
    """The result of a training that did the epochs of `history` and then ended, with a `failure` or without."""
    status: Status = "error" if failure else "ok"
    last = history[-1] if history else None
    if last and not last.finite:
        status, failure = "nan", f"epoch {last.epoch}: the loss is {last.loss}"
    elif last and last.accuracy is not None and math.isnan(last.accuracy):
        status, failure = "nan", f"epoch {last.epoch}: the logits of test images are not finite"
    seconds = sum(epoch.seconds for epoch in history)
    cost = space.cost(plan.architecture, plan.data.resolution, plan.data.num_classes)
    return Training(
        accuracy=last.accuracy if last and status == "ok" else None,
        status=status,
        reason=failure,
        seconds=seconds,
        images_per_second=len(history) * plan.steps * plan.batch_size / seconds if seconds else 0.0,
        device=device,
        precision=precision,
        params=cost.params,
        macs=cost.macs,
        epochs=tuple(history),
        recipe=plan.recipe.name,
        dataset=plan.data.name,
        seed=plan.seed,
    )
