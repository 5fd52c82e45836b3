"""The two protocols under which a proxy runs."""

from dataclasses import replace
from typing import Literal, get_args

from .registry import Proxy

Protocol = Literal["published", "uniform"]
PROTOCOLS: tuple[str, ...] = get_args(Protocol)


def under(protocol: str, proxy: Proxy) -> Proxy:
    """The proxy with its declaration as `protocol` has it.

    "published" keeps it: what the paper's own code did. "uniform" gives every proxy the same network: Kaiming weights
    and shortcuts kept, batch norm in train mode; images are noise or the user's for all. The batch
    size is the study's. What belongs to the formula stays: the all-ones image of synflow and that it takes batch norm
    out, the thin network and tiny images of the linear regions, MeCo's one large noise image.
    """
    if protocol not in PROTOCOLS:
        raise ValueError(f"unknown protocol {protocol!r}; there are: {', '.join(PROTOCOLS)}")
    if protocol == "published":
        return proxy
    mode = proxy.mode if proxy.mode == "removed" else "train"
    # Of a fixed resolution the batch size is part; one without is a habit of the authors' script.
    size = proxy.batch_size if proxy.resolution else None
    return replace(proxy, init="kaiming", residual=True, mode=mode, batch_size=size)
