"""The official files of NATS-Bench's topology search space, which is NAS-Bench-201 (Dong et al., TPAMI 2021)."""

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ... import space
from ..errors import UsageError, one_line

# Column of a table of accuracies: name of the data set in the benchmark. There, "cifar10" means training on train and
# validation images; runs trained on the train images alone are called "cifar10-valid".
DATASETS = {"cifar10": "cifar10", "cifar100": "cifar100", "imagenet16_120": "ImageNet16-120"}
COLUMNS = ("index", "architecture", *DATASETS)
EPOCHS = (200, 12)

# The benchmark has float32 percentages. One test image is 0.01 or more, a third of that in a mean over three seeds. So
# four digits keep all that was measured, and equal accuracies stay equal.
DIGITS = 4

# What the package may raise, or a pickle that is damaged or holds something else.
_MALFORMED = (
    *(OSError, EOFError, ValueError, LookupError, AttributeError, TypeError, ImportError, AssertionError),
    pickle.UnpicklingError,
)


class NatsBench:
    """The cells of a folder `NATS-tss-v1_0-3ffb9-simple` or a file `NATS-tss-v1_0-3ffb9.pickle.pbz2`.

    A folder is read cell by cell. A file is read at once, for which 12 GB of memory are not enough. Both are pickles,
    which can run any code: read only what you trust. Raises UsageError with the path.
    """

    def __init__(self, path: Path):
        try:
            import nats_bench  # an extra: few have the files
        except ImportError:
            raise UsageError("the package nats_bench is missing; install it: pip install -e '.[nats]'") from None
        _check_kind(path)
        self.path = path
        with _report_malformed(f"{path}: not the topology search space of NATS-Bench"):
            self._api = nats_bench.create(str(path), "tss", fast_mode=path.is_dir(), verbose=False)

    def __len__(self) -> int:
        return len(self._api)

    def row(self, index: int, epochs: int) -> dict[str, Any]:
        """Test accuracies of a cell in percent, means over its seeds, under the names `COLUMNS`."""
        with _report_malformed(f"{self.path}: cell {index} has no valid text"):
            architecture = str(space.get("nasbench201").parse(self._api.arch(index)))
        with _report_malformed(f"{self.path}: cell {index} has no test accuracies after {epochs} epochs"):
            accuracies = {column: self._accuracy(index, name, epochs) for column, name in DATASETS.items()}
        # The package keeps every cell that it has read, and this one is not needed again.
        self._api.arch2infos_dict.pop(index)
        return {"index": index, "architecture": architecture, **accuracies}

    def _accuracy(self, index: int, dataset: str, epochs: int) -> float:
        # On CIFAR-100 and ImageNet16-120 that is one half of the original test set, called "x-test" in the benchmark.
        # The other half is used for validation.
        info = self._api.get_more_info(index, dataset, hp=str(epochs), is_random=False)
        accuracy = float(info["test-accuracy"])
        if not 0 <= accuracy <= 100:
            raise ValueError(f"{dataset}: {accuracy} is not a percentage")
        return round(accuracy, DIGITS)


def _check_kind(path: Path) -> None:
    """Raise UsageError for a path that cannot be the benchmark; it is clearer than the errors of the package."""
    if path.is_dir():
        if not (path / "meta.pickle.pbz2").is_file():
            raise UsageError(f"{path}: not a folder of NATS-Bench (meta.pickle.pbz2 is missing)")
    elif not path.is_file():
        raise UsageError(f"{path}: no such file or folder")
    elif path.suffix != ".pbz2":
        raise UsageError(f"{path}: expected a folder or a .pickle.pbz2 file; unpack a .tar file first")


@contextmanager
def _report_malformed(complaint: str) -> Iterator[None]:
    try:
        yield
    except _MALFORMED as error:
        raise UsageError(f"{complaint} ({type(error).__name__}: {one_line(error)})") from None
