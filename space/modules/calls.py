"""Calls of users' functions: each is given what it has a parameter for."""

import inspect
from collections.abc import Callable
from typing import Any


def accepts(function: Callable[..., Any], name: str, any_name: bool = False) -> bool:
    """Whether a function has a parameter of this name; with `any_name`, or takes keyword arguments of any name."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):  # some functions in C have no signature
        return False
    return name in parameters or (any_name and any(p.kind is p.VAR_KEYWORD for p in parameters.values()))


def call(function: Callable[..., Any], *arguments: Any, **offered: Any) -> Any:
    """The function's result for these arguments and those of the offered ones that it has a parameter for."""
    return function(*arguments, **{name: value for name, value in offered.items() if accepts(function, name)})
