"""What a process needs before it can run jobs: threads, the user's proxies, the working folder."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass, field
from pathlib import Path

import torch

from ..plugins import CombinationConfig, ProxyFile, register


class WorkerDiedError(Exception):
    """A job's worker died each time the job ran: most likely the job kills it."""


class JobFailedError(BrokenExecutor):
    """A job has no result, perhaps for a reason outside it, such as a limit of its cluster: it can be tried again."""


@dataclass(frozen=True)
class WorkerSetup:
    """Plain data: threads of one job, the user's proxies, and the folder that relative paths start from."""

    threads: int = 1
    files: tuple[ProxyFile, ...] = ()
    combinations: Mapping[str, CombinationConfig] = field(default_factory=dict)
    folder: str = field(default_factory=os.getcwd)

    @classmethod
    def of(
        cls,
        threads: int,
        imports: Sequence[str | Path] = (),
        combinations: Mapping[str, CombinationConfig] | None = None,
    ) -> "WorkerSetup":
        """Make a setup with the present content of these files."""
        files = tuple(ProxyFile(str(Path(path).resolve()), Path(path).read_bytes()) for path in imports)
        return cls(threads, files, dict(combinations or {}))

    def apply(self) -> None:
        """Make this process a worker; the first call does it for all its jobs."""
        global _applied
        if _applied == self:
            return
        if Path(self.folder).is_dir():  # it is missing on a machine that does not share files with the first
            os.chdir(self.folder)
        torch.set_num_threads(self.threads)
        for file in self.files:
            file.load()
        register(self.combinations)
        _applied = self


_applied: WorkerSetup | None = None
