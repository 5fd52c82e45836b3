"""Models named on the command line: a function in a user's file, or a network of torchvision or timm."""

import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any

from torch import nn

from .. import proxies, space
from .errors import UsageError, first_line


def open_model(text: str, shape: Sequence[int], num_classes: int | None) -> space.Model:
    """The model of `FILE.py:FUNCTION`, `torchvision:NAME` or `timm:NAME`, for inputs (N, *shape); else UsageError.

    FUNCTION may be the name of a class or of a module too.
    """
    place, separator, name = text.rpartition(":")
    if not separator or not name:
        raise UsageError(f"--model {text}: give FILE.py:FUNCTION, torchvision:NAME or timm:NAME")
    find = {"torchvision": _torchvision, "timm": _timm}.get(place)
    try:
        with redirect_stdout(sys.stderr):  # stdout is for results
            source = find(name) if find else _of_file(place, name)
            return space.model(source, shape, num_classes, text if find else f"{Path(place).stem}:{name}")
    except ValueError as error:
        raise UsageError(f"--model {text}: {error}") from None
    except Exception as error:  # the user's function may raise anything
        raise UsageError(f"--model {text}: {type(error).__name__}: {first_line(error)}") from error


def _torchvision(name: str) -> Callable[..., nn.Module]:
    import torchvision.models as zoo  # at first use: it takes a second

    if name not in zoo.list_models():
        raise ValueError(f"torchvision has no model {name!r}; torchvision.models.list_models() lists them")
    return partial(zoo.get_model, name, weights=None)


def _timm(name: str) -> Callable[..., nn.Module]:
    try:
        import timm
    except ImportError:
        raise ValueError("timm is not installed: pip install 'zsbench[imagenet]'") from None
    if not timm.is_model(name):
        raise ValueError(f"timm has no model {name!r}; timm.list_models() lists them")
    return partial(timm.create_model, name, pretrained=False)


def _of_file(path: str, name: str) -> Any:
    source = getattr(proxies.run_file(path), name, None)
    if source is None:
        raise ValueError(f"{path} has no {name!r}")
    return source
