"""Scores of modules of one's own: what a proxy's declaration means there, and where a proxy is not defined."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from torch import nn

from .. import space
from .registry import Proxy

DEFAULT_CLASSES = 100  # of the networks of spaces

Scored = space.Architecture | nn.Module | Callable[..., nn.Module]


def architecture_of(
    scored: Scored, shape: Sequence[int] | None, resolution: int, num_classes: int | None
) -> tuple[space.Architecture, int, int]:
    """The architecture that is scored, its resolution and its number of classes.

    A module, or a function that makes one, becomes a `space.Model` for inputs of `shape`, (3, resolution, resolution)
    where none is given, and has as many classes as it gives logits.
    """
    if isinstance(scored, space.Architecture):
        if isinstance(scored, space.Model):
            return scored, scored.shape[-1], scored.num_classes
        if shape is not None:
            raise ValueError("input: for a module of one's own; an architecture of a space takes `resolution`")
        return scored, resolution, num_classes or DEFAULT_CLASSES
    made = space.model(scored, shape or (space.IMAGE_CHANNELS, resolution, resolution), num_classes)
    return made, made.shape[-1], made.num_classes


def fitted(proxy: Proxy, architecture: space.Architecture) -> Proxy:
    """The proxy as it is applied to an architecture.

    A module of one's own is given inputs of its own shape whatever resolution the proxy has, and is never in the fast
    form. NotDefinedError where the proxy needs a network that such a module does not offer.
    """
    if not isinstance(architecture, space.Model | space.Own):
        return proxy
    if proxy.thin:
        raise space.NotDefinedError("defined for the networks of spaces, which can be made thin")
    return replace(proxy, resolution=None, fast=False)


def remark(proxy: Proxy, architecture: space.Architecture) -> str:
    """How the score of a module of one's own differs from the proxy's definition; "" where it does not."""
    if not isinstance(architecture, space.Model | space.Own):
        return ""
    remarks = []
    if not (proxy.residual or architecture.can_be_plain):
        remarks.append("shortcuts, if it has any, are kept: defined for the plain network")
    shape = architecture.shape if isinstance(architecture, space.Model) else ()
    if proxy.resolution and proxy.resolution not in shape[-1:]:
        remarks.append(f"of its own inputs: defined for {proxy.resolution} px")
    return "; ".join(remarks)
