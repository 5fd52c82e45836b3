"""The two protocols under which a proxy runs."""

from dataclasses import replace
from typing import Literal, get_args

from proxies.registry import Proxy

Protocol = Literal["published", "uniform"]
PROTOCOLS: tuple[str, ...] = get_args(Protocol)


def under(protocol: str, proxy: Proxy) -> Proxy:
    """The proxy with its declaration as `protocol` has it.

    "published" keeps it: what the paper's own code did. "uniform" gives every proxy the same network: Kaiming weights
    and shortcuts kept, batch norm in train mode; images are noise or the user's for all. What belongs to the formula
    stays: the all-ones image of synflow and that it takes batch norm out, the thin network of the linear regions.
    """
    if protocol not in PROTOCOLS:
        raise ValueError(f"unknown protocol {protocol!r}; there are: {', '.join(PROTOCOLS)}")
    if protocol == "published":
        return proxy
    mode = proxy.mode if proxy.mode == "removed" else "train"
    return replace(proxy, init="kaiming", residual=True, mode=mode)
