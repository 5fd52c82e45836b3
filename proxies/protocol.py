"""The two protocols under which a proxy runs."""

from dataclasses import replace
from typing import Literal, get_args

from ..names import unknown_name
from .registry import Proxy

Protocol = Literal["published", "uniform"]
PROTOCOLS: tuple[str, ...] = get_args(Protocol)


def apply_protocol(protocol: str, proxy: Proxy) -> Proxy:
    """Return the proxy with the declaration that it has under `protocol`. Raises ValueError for an unknown protocol.

    "published" changes nothing: the declaration is what the code of the paper did. "uniform" gives every proxy the same
    network and batch: weights by "kaiming", shortcuts kept, batch norm in train mode, the study's batch size, and noise
    or the user's images. What belongs to a formula stays: the all-ones image of synflow and its network without batch
    norms, the thin network and tiny images of the linear regions, the one large noise image of MeCo.
    """
    if protocol not in PROTOCOLS:
        raise ValueError(unknown_name("protocol", protocol, PROTOCOLS))
    if protocol == "published":
        return proxy
    mode = proxy.mode if proxy.mode == "removed" else "train"
    # With a fixed resolution, a batch size belongs to the formula; alone, it is only a habit of a script.
    size = proxy.batch_size if proxy.resolution else None
    return replace(proxy, init="kaiming", residual=True, mode=mode, batch_size=size)
