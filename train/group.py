"""The processes that train one network together, as `torchrun` starts them."""

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
    """`size` processes, of which this is number `rank`; one process alone needs no communication."""

    rank: int = 0
    size: int = 1

    def total(self, tensor: torch.Tensor) -> torch.Tensor:
        """The sum of a tensor over the processes."""
        if self.size > 1:
            tensor = tensor.clone()
            dist.all_reduce(tensor)
        return tensor

    def agreed(self, *wishes: bool) -> list[bool]:
        """For each wish, whether any process has it: all have to leave a loop at the same step. Asked on the host."""
        if self.size == 1:
            return list(wishes)
        return [bool(count) for count in self.total(torch.tensor(wishes, dtype=torch.int32)).tolist()]

    def shared(self, module: nn.Module, device: torch.device) -> nn.Module:
        """The module with gradients averaged over the processes; buffers stay each process's own."""
        if self.size == 1:
            return module
        devices = [device] if device.type == "cuda" else None
        return DistributedDataParallel(module, device_ids=devices, broadcast_buffers=False)

    def silent(self, module: nn.Module, quiet: bool) -> AbstractContextManager[None]:
        """Where `quiet`, gradients of a `shared` module are added up in each process and not averaged yet."""
        return module.no_sync() if quiet and isinstance(module, DistributedDataParallel) else nullcontext()

    def average_buffers(self, module: nn.Module) -> None:
        """Make running statistics the mean over the processes, so that all evaluate the same network."""
        if self.size > 1:
            for buffer in module.buffers():
                if buffer.is_floating_point():
                    buffer.copy_(self.total(buffer) / self.size)


ALONE = Group()


@contextmanager
def joined() -> Iterator[Group]:
    """The group that `torchrun` put this process in; a group of one where it was started by hand."""
    size = int(os.environ.get("WORLD_SIZE", 1))
    if size == 1 or not dist.is_available():
        yield ALONE
        return
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", 0)))  # "cuda" is this process's own card from here on
    # Two back ends: gradients go from card to card, and what is agreed on between steps does not wait for cards.
    dist.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
    group = Group(dist.get_rank(), size)
    try:
        yield group
        group.agreed(True)  # all leave together: one that is gone takes its connections with it
    finally:
        gc.collect()  # what still holds the group would end it at the interpreter's end, which aborts now and then
        dist.destroy_process_group()
