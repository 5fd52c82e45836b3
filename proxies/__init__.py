"""Proxies: the registry, and the harness that applies their declarations and computes an architecture's score."""

import importlib
import pkgutil

from . import zoo
from .batch import Batch, ImageSource, Setting
from .combination import How, combine
from .contract import Check, check
from .protocol import PROTOCOLS, apply_protocol
from .registry import Proxy, get, load_file, names, proxy
from .score import STATUSES, Score, Scorer, score
from .user_file import module_of, run_file
from .version import version

# Importing a file of the zoo registers its proxy, so to add a proxy is to add a file there.
for _module in pkgutil.iter_modules(zoo.__path__, f"{zoo.__name__}."):
    importlib.import_module(_module.name)

__all__ = [
    "PROTOCOLS",
    "STATUSES",
    "Batch",
    "Check",
    "How",
    "ImageSource",
    "Proxy",
    "Score",
    "Scorer",
    "Setting",
    "apply_protocol",
    "check",
    "combine",
    "get",
    "load_file",
    "module_of",
    "names",
    "proxy",
    "run_file",
    "score",
    "version",
]
