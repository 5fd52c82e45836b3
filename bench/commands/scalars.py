"""The epochs of a training as scalars for TensorBoard, which is an extra."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ...train import Epoch
from ..errors import UsageError


@contextmanager
def scalars(folder: Path | None) -> Iterator[Callable[[Epoch], None]]:
    """Yield a function that writes loss, accuracy, learning rate and seconds of an epoch, if there is a `folder`."""
    if folder is None:
        yield lambda epoch: None
        return
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise UsageError(
            "--tensorboard: the package tensorboard is missing; install it: pip install -e '.[tensorboard]'"
        ) from None
    with SummaryWriter(str(folder)) as writer:

        def write(epoch: Epoch) -> None:
            for name in ("loss", "accuracy", "learning_rate", "seconds"):
                value = getattr(epoch, name)
                if value is not None:
                    writer.add_scalar(name, value, epoch.epoch)
            writer.flush()  # so that it can be seen during the training

        yield write
