"""The two protocols under which a proxy runs."""

from dataclasses import replace
from typing import Literal, get_args

from ..names import unknown_name
from .registry import Proxy

Protocol = Literal["published", "uniform"]
PROTOCOLS: tuple[str, ...] = get_args(Protocol)


def under(protocol: str, proxy: Proxy) -> Proxy:
    """The proxy with the declaration that it has under `protocol`.

    "published" keeps it: what the paper's own code did. "uniform" gives every proxy the same network and batch: weights
    by "kaiming", shortcuts kept, batch norm in train mode, the study's batch size, and noise or the user's images for
    all. What belongs to a formula stays: synflow's all-ones image and its network without batch norms, the thin network
    and tiny images of the linear regions, MeCo's one large noise image.
    """
    if protocol not in PROTOCOLS:
        raise ValueError(unknown_name("protocol", protocol, PROTOCOLS))
    if protocol == "published":
        return proxy
    mode = proxy.mode if proxy.mode == "removed" else "train"
    # A batch size belongs to the formula only together with a fixed resolution; alone, it is a habit of a script.
    size = proxy.batch_size if proxy.resolution else None
    return replace(proxy, init="kaiming", residual=True, mode=mode, batch_size=size)
