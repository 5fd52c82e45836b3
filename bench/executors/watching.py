"""Watch the time and memory of a job from outside, since its own process may be stuck anywhere."""

import time

from .job import ANY_MEMORY, LimitedJob, Limits
from .memory import resident

SLACK_SECONDS = 1.0  # in which a job that ends just after its limit can say so itself
LOOK_SECONDS = 0.1  # between two looks
GIGABYTE = 1e9


class OverrunError(Exception):
    """A job took more than its limits allow; `status` is "timeout" or "memory"."""

    def __init__(self, status: str, reason: str):
        super().__init__(reason)
        self.status = status


class Watch:
    """Watches one job, which runs in the process `pid`, from now on."""

    def __init__(self, limits: Limits, share: int | None, pid: int):
        self._seconds, self._pid = limits.seconds, pid
        self._memory = limits.memory or share or ANY_MEMORY
        self._start = time.monotonic()

    def look(self) -> None:
        """Raise OverrunError if the job has taken more time or memory than it may."""
        if self._seconds is not None and time.monotonic() - self._start > self._seconds + SLACK_SECONDS:
            raise OverrunError("timeout", f"took longer than its limit of {self._seconds:g} s")
        if resident(self._pid) > self._memory:
            raise OverrunError("memory", f"took more than {self._memory / GIGABYTE:.1f} GB of memory")


def limited(call: object) -> LimitedJob | None:
    """The job with limits that a call of `run_job` runs; None if it has no limits."""
    arguments: tuple[object, ...] = getattr(call, "args", ())
    job = arguments[0] if len(arguments) == 1 else None
    return job if isinstance(job, LimitedJob) else None
