"""Where in a user's module the features and the logits come from: found by looking at one pass."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import nn

EXAMPLES = 2  # inputs of the pass


class Places(NamedTuple):
    """Names of submodules: whose output is the last map before global pooling, and whose output is the logits.

    None where there is no such submodule.
    """

    features: str | None
    classifier: str | None


def find_places(make: Callable[[], nn.Module], shape: tuple[int, ...]) -> Places:
    """Look at a pass of noise (2, *shape) through a module in eval mode, with its own initialisation.

    The features are the last map with whose means over all positions the pass goes on: they are the input of a later
    module, or the module's result, and nothing else of the map matters. No random number is drawn from the global
    generator.
    """
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        module = make().eval()
        x = torch.randn(EXAMPLES, *shape, dtype=next(module.parameters()).dtype)
        return _Pass(module).of(x)


class _Pass:
    """One pass, as hooks on all submodules see it."""

    def __init__(self, module: nn.Module):
        self.module = module
        self.last: tuple[str, torch.Tensor] | None = None  # the latest map
        self.found: str | None = None  # whose map is pooled, unless another map comes later
        self.version = 0  # of that map: how often it had been changed in place
        self.linear: tuple[str, torch.Tensor] | None = None

    def of(self, x: torch.Tensor) -> Places:
        handles = []
        for name, module in self.module.named_modules():
            if name:
                handles.append(module.register_forward_pre_hook(self.before))
                handles.append(module.register_forward_hook(self.after(name)))
        try:
            output = self.module(x)
        finally:
            for handle in handles:
                handle.remove()
        output = getattr(output, "logits", output)
        self.look(output)
        gives = self.linear is not None and self.linear[1] is output
        if self.found and not self.only_means_matter(x, output):
            self.found = None
        return Places(self.found, self.linear[0] if gives and self.linear else None)

    def only_means_matter(self, x: torch.Tensor, logits: torch.Tensor) -> bool:
        """Whether the logits stay where the map that was found becomes another one of the same means.

        It is not asked of a map that a later function changed in place, such as a ReLU before the pooling.
        """
        assert self.last is not None
        name, found = self.last
        if found._version != self.version or _positions(found) == 1:
            return True

        def change(_module: nn.Module, _inputs: Any, output: torch.Tensor) -> torch.Tensor:
            noise = torch.randn_like(output) * output.std()
            return output + noise - noise.flatten(2).mean(2).view(*output.shape[:2], *[1] * (output.ndim - 2))

        handle = self.module.get_submodule(name).register_forward_hook(change)
        try:
            other = self.module(x)
        finally:
            handle.remove()
        other = getattr(other, "logits", other)
        return torch.allclose(other, logits, rtol=1e-3, atol=1e-3 * float(logits.abs().max()))

    def before(self, _module: nn.Module, inputs: tuple[Any, ...]) -> None:
        if inputs:
            self.look(inputs[0])

    def after(self, name: str) -> Callable[..., None]:
        def hook(module: nn.Module, _inputs: Any, output: Any) -> None:
            if isinstance(module, nn.Linear):
                self.linear = name, output
            if not _is_map(output) or self.look(output):
                return
            if self.found and self.last and _positions(output) == 1 < _positions(self.last[1]):
                return  # what is made of the means, as by a 1×1 convolution behind the pooling
            # The same tensor may be the output of a module and of the one around it: the outer one comes last.
            self.last, self.found, self.version = (name, output), None, output._version

        return hook

    def look(self, value: Any) -> bool:
        """Note it if a value is the means of the latest map; not if it is that map itself."""
        if self.last is None or not isinstance(value, torch.Tensor) or value is self.last[1]:
            return False
        name, latest = self.last
        means = latest.flatten(2).mean(2)
        if value.shape[:2] != means.shape or value.numel() != means.numel():
            return False
        if torch.allclose(value.flatten(1), means, rtol=1e-4, atol=1e-6 * float(means.abs().max())):
            self.found = name
            return True
        return False


def _positions(value: torch.Tensor) -> int:
    return value[0, 0].numel()


def _is_map(output: Any) -> bool:
    return isinstance(output, torch.Tensor) and output.ndim > 2 and output.is_floating_point()
