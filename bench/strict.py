"""Models that refuse what they do not know, and how they say so."""

from pydantic import BaseModel, ConfigDict, ValidationError


class StrictModel(BaseModel):
    """Frozen values: an unknown key or a value of the wrong type is refused, not ignored or converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def first_problem(error: ValidationError) -> str:
    """The first problem, in one line, with its key."""
    problem = error.errors()[0]
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"unknown key {key!r}"
    message = problem["msg"].removeprefix("Value error, ")
    return f"{key}: {message}, got {problem['input']!r}" if key else message
