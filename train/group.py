"""The processes that train one network together, started by `torchrun`."""

import gc
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel


@dataclass(frozen=True)
class Group:
    """`size` processes; this one has the number `rank`, from 0. A single process needs no communication."""

    rank: int = 0
    size: int = 1

    def total(self, tensor: torch.Tensor) -> torch.Tensor:
        """The sum of a tensor over the processes."""
        if self.size > 1:
            tensor = tensor.clone()
            dist.all_reduce(tensor)
        return tensor

    def agree(self, *wishes: bool) -> list[bool]:
        """For each wish, whether any process has it, so that all leave a loop at the same step. Sent between CPUs."""
        if self.size == 1:
            return list(wishes)
        return [bool(count) for count in self.total(torch.tensor(wishes, dtype=torch.int32)).tolist()]

    def share(self, module: nn.Module, device: torch.device) -> nn.Module:
        """Wrap a module so that gradients are averaged over the processes; each process keeps its own buffers."""
        if self.size == 1:
            return module
        devices = [device] if device.type == "cuda" else None
        return DistributedDataParallel(module, device_ids=devices, broadcast_buffers=False)

    def delay_averaging(self, module: nn.Module, delay: bool) -> AbstractContextManager[None]:
        """If `delay`, each process adds up gradients of a module from `share` and does not average them yet."""
        return module.no_sync() if delay and isinstance(module, DistributedDataParallel) else nullcontext()

    def average_buffers(self, module: nn.Module) -> None:
        """Set running statistics to their mean over the processes, so that all evaluate the same network."""
        if self.size > 1:
            for buffer in module.buffers():
                if buffer.is_floating_point():
                    buffer.copy_(self.total(buffer) / self.size)


ALONE = Group()


@contextmanager
def join_group() -> Iterator[Group]:
    """Join the group that `torchrun` started this process in; a process started by hand is a group of one."""
    size = int(os.environ.get("WORLD_SIZE", 1))
    if size == 1 or not dist.is_available():
        yield ALONE
        return
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", 0)))  # from now on "cuda" means the GPU of this process
    # Two back ends: gradients go from GPU to GPU, and what processes agree on between steps does not wait for GPUs.
    dist.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
    group = Group(dist.get_rank(), size)
    try:
        yield group
        group.agree(True)  # all leave together: a process that ends closes its connections to the others
    finally:
        gc.collect()  # an object that still holds the group would free it when the interpreter exits, which can abort
        dist.destroy_process_group()
