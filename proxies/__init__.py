"""What is this architecture's score: the registry of proxies and the harness that applies their declarations."""

import importlib
import pkgutil

from proxies.batch import Batch, ImageSource, Setting
from proxies.combination import How, combine
from proxies.contract import Check, check
from proxies.limit import many_limits
from proxies.protocol import PROTOCOLS, under
from proxies.registry import Proxy, get, load_file, names, proxy
from proxies.score import STATUSES, Score, Scorer, score

# Importing a proxy's file registers it, so adding a proxy is adding its file.
for _module in pkgutil.iter_modules(__path__, f"{__name__}."):
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
    "check",
    "combine",
    "get",
    "load_file",
    "many_limits",
    "names",
    "proxy",
    "score",
    "under",
]
