"""Modules made after a prototype: constructors take ten times as long as their layers' memory."""

from typing import TypeVar

import torch
from torch import nn

OWN = (dict, set)  # a union type would take twice as long to ask for
AnyModule = TypeVar("AnyModule", bound=nn.Module)


def replica(prototype: AnyModule) -> AnyModule:
    """A module like the prototype, hooks and submodules included, that shares nothing with it.

    Its parameters are uninitialised memory on the CPU, its buffers have the prototype's values. What else the prototype
    holds is taken for immutable, but for dictionaries and sets, which are copied.
    """
    made = object.__new__(type(prototype))
    state = made.__dict__
    for name, value in vars(prototype).items():
        state[name] = value.copy() if isinstance(value, OWN) else value
    parameters, buffers, modules = state["_parameters"], state["_buffers"], state["_modules"]
    for name, parameter in parameters.items():
        if parameter is not None:
            parameters[name] = nn.Parameter(torch.empty(parameter.shape, dtype=parameter.dtype, device="cpu"))
    for name, buffer in buffers.items():
        if buffer is not None:
            buffers[name] = buffer.clone()
    for name, module in modules.items():
        if module is not None:
            modules[name] = replica(module)
    return made
