"""What people read in place of an id: the usual names of proxies and data sets. Ids stay in CSV."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..proxies import Proxy

DATASETS = {
    "cifar10": "CIFAR-10",
    "cifar100": "CIFAR-100",
    "imagenet": "ImageNet",
    "imagenet1k": "ImageNet-1k",
    "imagenet16_120": "ImageNet16-120",
}


def dataset_label(name: str) -> str:
    """The data set's usual spelling, its id where it has none."""
    return DATASETS.get(name, name)


def proxy_label(name: str) -> str:
    """A proxy's title as its declaration has it, "Zen-NAS" for `zen`; its id where it has none or is not known here."""
    entry = _entry(name)
    return entry.title if entry else name


def citations(name: str) -> tuple[str, ...]:
    """Keys in `proxies/references.bib` of the papers that define a proxy, none for a baseline or an unknown proxy."""
    entry = _entry(name)
    return entry.cite if entry else ()


def _entry(name: str) -> "Proxy | None":
    # Imported here: a page about ids needs no PyTorch, which this import takes seconds to load.
    from ..proxies import get

    try:
        return get(name)
    except ValueError:  # another user's proxy, in a study that is only redrawn
        return None
