"""Models that refuse unknown keys and wrong types, and the message that says so."""

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, ValidationError

from ..names import did_you_mean

SHOWN = 80  # characters of a refused value


class StrictModel(BaseModel):
    """Frozen values. An unknown key or a value of the wrong type is refused, not ignored or converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def first_problem(error: ValidationError, model: type[BaseModel]) -> str:
    """The first problem of values that `model` refuses, in one line, with its key."""
    problem = error.errors()[0]
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"unknown key {key!r}{did_you_mean(key, _known_keys(model))}"
    message = problem["msg"].removeprefix("Value error, ")
    return f"{key}: {message}, got {_shortened(problem['input'])}" if key else message


def _shortened(value: object) -> str:
    try:
        text = repr(value)
    except ValueError:  # a number of thousands of digits
        return "a number too long to show"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _known_keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """The keys of a model, and those of the models inside it, as in `search.evaluations`."""
    for name, field in model.model_fields.items():
        yield prefix + name
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _known_keys(inner, f"{prefix}{name}.")
