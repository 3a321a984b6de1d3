"""What the checks of flash_attention watch: what is kept, made and multiplied."""

import math
import weakref
from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode


class Stream:
    """Pairs (score, value) that can be read once; it knows which of them are kept."""

    def __init__(self, scores: Tensor, values: Tensor):
        self.pairs = zip(scores.clone(), values.clone(), strict=True)
        self.given: list[weakref.ref] = []
        self.passes = self.kept = 0

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        return self

    def __next__(self) -> tuple[Tensor, Tensor]:
        self.kept = max(self.kept, sum(it() is not None for it in self.given))
        try:
            score, value = next(self.pairs)
        except StopIteration:
            self.passes += 1
            raise
        # A copy, so that nothing but the learner's code holds it.
        self.given.append(weakref.ref(value := value.clone()))
        return score.clone(), value


class Answer:
    """The learner's function; it gives the first of two results and keeps the other."""

    def __init__(self, mine: Callable):
        self.forward, self.lse, self.alone = mine, None, True

    def __call__(self, *inputs: object) -> object:
        out = self.forward(*inputs)
        if isinstance(out, tuple | list) and len(out) == 2:
            out, self.lse, self.alone = *out, False
        return out


class Watch(TorchDispatchMode):
    """Notes the largest tensor that is made, and counts multiplications in products."""

    def __init__(self):
        super().__init__()
        self.largest, self.multiplied = (), 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None) -> object:
        out = func(*args, **(kwargs or {}))
        if isinstance(out, Tensor):
            self.largest = max(self.largest, tuple(out.shape), key=math.prod)
            if func.overloadpacket in (torch.ops.aten.mm, torch.ops.aten.bmm):
                self.multiplied += out.numel() * args[0].shape[-1]
        return out
