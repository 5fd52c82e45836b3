"""Where the jobs of a study run, by the options of the command line."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from ..errors import UsageError
from ..executors.local import open_local
from ..executors.ray_cluster import open_ray
from ..executors.slurm import open_slurm
from ..executors.worker import WorkerSetup
from ..plugins import CombinationConfig
from ..study.shards import ShardedStudy
from ..study.study import Study
from . import options

ExecutorName = Annotated[
    Literal["local", "ray", "slurm"],
    typer.Option("--executor", metavar="[local|ray|slurm]", help="Where jobs run; local: on this machine."),
]
RayAddress = Annotated[
    str | None,
    typer.Option("--ray-address", help="HOST:PORT of a Ray cluster, or auto; default: Ray is started on this machine."),
]
Slurm = Annotated[
    list[str] | None,
    typer.Option(
        "--slurm",
        help="key=value for SLURM: partition, time (minutes), mem, cpus, gpus, or any that submitit knows. Repeatable.",
    ),
]


@dataclass(frozen=True)
class Place:
    """Where jobs run. Raises UsageError for options that do not fit together."""

    executor: str
    ray_address: str | None
    slurm: list[str] | None

    def __post_init__(self) -> None:
        if self.ray_address and self.executor != "ray":
            raise UsageError("--ray-address: give --executor ray with it")
        if self.slurm and self.executor != "slurm":
            raise UsageError("--slurm: give --executor slurm with it")

    @property
    def study(self) -> type[Study]:
        """The class of studies that run there."""
        return ShardedStudy if self.executor == "slurm" else Study

    def device(self, name: str) -> str:
        """The device for `auto`, `cpu` or `cuda`; a cluster may have GPUs even if this machine has none."""
        return name if name == "cuda" and self.executor != "local" else options.device(name)

    def open(
        self,
        workers: int | None,
        threads: int,
        device: str,
        imports: Sequence[Path] | None,
        combinations: Mapping[str, CombinationConfig],
        folder: Path,
    ) -> AbstractContextManager[Executor]:
        """The executor, whose workers know the user's proxies; `folder` is the study's."""
        setup = WorkerSetup.of(threads, imports or (), combinations)
        if self.executor == "ray":
            return open_ray(setup, device, workers, self.ray_address)
        if self.executor == "slurm":
            return open_slurm(setup, device, workers, self.slurm or (), folder / "slurm")
        return open_local(workers, setup, device)
