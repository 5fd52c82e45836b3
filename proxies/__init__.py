"""What is this architecture's score: the registry of proxies and the harness that applies their declarations."""

# Importing a proxy's file registers it; this is the order in which tables list them.
from proxies import incorporated  # noqa: I001
from proxies import zen
from proxies import entropy
from proxies import size
from proxies import depth
from proxies import grad_norm_zen
from proxies import synflow_zen
from proxies import te_nas_zen
from proxies import naswot_zen
from proxies import random_score
from proxies import grad_norm
from proxies import plain
from proxies import l2_norm
from proxies import snip
from proxies import grasp
from proxies import fisher
from proxies import synflow
from proxies import logsynflow
from proxies import jacob_cov
from proxies import epe_nas
from proxies import naswot
from proxies import ntk_cond
from proxies import linear_regions
from proxies import te_nas
from proxies import ntk_trace
from proxies import zico
from proxies import gradsign
from proxies import az_nas
from proxies import meco
from proxies import swap
from proxies import reg_swap
from proxies import vkdnw
from proxies.batch import Batch, ImageSource, Setting
from proxies.combination import combine
from proxies.contract import Check, check
from proxies.protocol import PROTOCOLS
from proxies.registry import Proxy, get, load_file, names, proxy
from proxies.score import STATUSES, Score, score

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
    "combine",
    "get",
    "load_file",
    "names",
    "proxy",
    "score",
]
