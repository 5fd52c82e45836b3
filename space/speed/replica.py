"""Copy a module instead of making it again: ten times as fast as its constructor."""

from typing import TypeVar

import torch
from torch import nn

COPIED_TYPES = (dict, set)  # a tuple: `isinstance` takes twice as long with a union type
AnyModule = TypeVar("AnyModule", bound=nn.Module)


def copy_module(prototype: AnyModule) -> AnyModule:
    """Copy a module with its hooks and submodules; the copy shares no changeable state with it.

    Parameters of the copy are uninitialised memory on the CPU; its buffers have the prototype's values. Dictionaries
    and sets are copied; all other attributes are assumed to be immutable, and are shared.
    """
    made = object.__new__(type(prototype))
    state = made.__dict__
    for name, value in vars(prototype).items():
        state[name] = value.copy() if isinstance(value, COPIED_TYPES) else value
    parameters, buffers, modules = state["_parameters"], state["_buffers"], state["_modules"]
    for name, parameter in parameters.items():
        if parameter is not None:
            parameters[name] = nn.Parameter(torch.empty(parameter.shape, dtype=parameter.dtype, device="cpu"))
    for name, buffer in buffers.items():
        if buffer is not None:
            buffers[name] = buffer.clone()
    for name, module in modules.items():
        if module is not None:
            modules[name] = copy_module(module)
    return made
