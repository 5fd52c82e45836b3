"""What a process that runs jobs has to know first."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass, field
from pathlib import Path

import torch

from ..plugins import CombinationConfig, ProxyFile, register


class WorkerDiedError(Exception):
    """A job lost its worker each time that it was run, so most likely it kills it."""


class JobFailedError(BrokenExecutor):
    """A job came to nothing for a reason that need not lie in it, such as a limit of its cluster: worth a new run."""


@dataclass(frozen=True)
class WorkerSetup:
    """Threads of one job, the user's proxies, and the folder that relative paths start from: plain data."""

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
        """The setup with the files of these paths."""
        files = tuple(ProxyFile(str(Path(path).resolve()), Path(path).read_bytes()) for path in imports)
        return cls(threads, files, dict(combinations or {}))

    def apply(self) -> None:
        """Make this process a worker; once is enough for all its jobs."""
        global _applied
        if _applied == self:
            return
        if Path(self.folder).is_dir():  # a machine that shares no files with the first has no such folder
            os.chdir(self.folder)
        torch.set_num_threads(self.threads)
        for file in self.files:
            file.load()
        register(self.combinations)
        _applied = self


_applied: WorkerSetup | None = None
