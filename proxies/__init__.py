"""What is this architecture's score: the registry of proxies and the harness that applies their declarations."""

# Importing a proxy's file registers it; this is the order in which tables list them.
from proxies import incorporated  # noqa: I001
from proxies import zen
from proxies import entropy
from proxies import size
from proxies import grad_norm_zen
from proxies import synflow_zen
from proxies import te_nas_zen
from proxies import naswot_zen
from proxies import random_score
from proxies.batch import Batch, ImageSource, Setting
from proxies.contract import Check, check
from proxies.protocol import PROTOCOLS
from proxies.registry import Proxy, get, load_file, names, proxy
from proxies.score import STATUSES, Score, score

del incorporated, zen, entropy, size, grad_norm_zen, synflow_zen, te_nas_zen, naswot_zen, random_score

__all__ = [
    "PROTOCOLS",
    "STATUSES",
    "Batch",
    "Check",
    "ImageSource",
    "Proxy",
    "Score",
    "Setting",
    "check",
    "get",
    "load_file",
    "names",
    "proxy",
    "score",
]
