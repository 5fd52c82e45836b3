"""What is said about the images of a data set."""

from ..train import Images
from .messages import say


def tell_passed_over(data: Images) -> None:
    """Say which files of a data set are of a kind that is not read, if there are any."""
    if data.passed_over:
        kinds = ", ".join(f"{count:,} {suffix or 'without suffix'}" for suffix, count in data.passed_over.items())
        say(f"data set {data.name}: files of kinds that are not read were passed over: {kinds}")
