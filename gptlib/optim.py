"""Which parameters are decayed, AdamW and Muon over them, and the learning rate."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from gptlib.layernorm import LayerNorm

RULES = ("nanogpt", "mingpt")


def decay_names(model: nn.Module, rule: str = "nanogpt") -> tuple[set[str], set[str]]:
    """Names of the parameters that are decayed, and of those that are not.

    `rule="nanogpt"` goes by dimension: matrices are decayed, vectors are not, so the
    embeddings are. `rule="mingpt"` goes by module: weights of Linear are decayed;
    biases and the weights of LayerNorm and Embedding are not. A tied weight counts
    once, under its first name (`transformer.wte.weight`).

    Raises:
        ValueError: unknown rule, or a module that minGPT's rule does not know.
    """
    if rule not in RULES:
        raise ValueError(f"unknown rule {rule!r}: choose one of {RULES}")
    params = dict(model.named_parameters())
    if rule == "nanogpt":
        decay = {name for name, p in params.items() if p.dim() >= 2}
    else:
        decay = _linear_weights(model) & params.keys()
    return decay, params.keys() - decay


def _linear_weights(model: nn.Module) -> set[str]:
    weights = set()
    for path, module in model.named_modules():
        own = dict(module.named_parameters(recurse=False))
        if own and not isinstance(
            module, (nn.Linear, nn.Embedding, nn.LayerNorm, LayerNorm)
        ):
            raise ValueError(
                f"minGPT's rule knows Linear, LayerNorm and Embedding, but {path!r} is "
                f"a {type(module).__name__} with parameters {sorted(own)}: "
                f"use rule='nanogpt'"
            )
        if isinstance(module, nn.Linear):
            weights.add(f"{path}.weight" if path else "weight")
    return weights


def configure_optimizers(
    model: nn.Module,
    *,
    weight_decay: float = 0.1,
    learning_rate: float = 6e-4,
    betas: tuple[float, float] = (0.9, 0.95),
    rule: str = "nanogpt",
) -> torch.optim.AdamW:
    """AdamW with two groups, the decayed parameters first: see `decay_names`."""
    params = dict(model.named_parameters())
    decay, no_decay = decay_names(model, rule)
    # Sorted, so that every process and every run meets them in the same order.
    groups = [
        {"params": [params[n] for n in sorted(decay)], "weight_decay": weight_decay},
        {"params": [params[n] for n in sorted(no_decay)], "weight_decay": 0.0},
    ]
    # One pass over each parameter instead of a dozen small operations.
    return torch.optim.AdamW(groups, lr=learning_rate, betas=betas, fused=True)


def muon_names(model: nn.Module) -> set[str]:
    """Names of the weights that Muon takes: the matrices inside the blocks.

    Not those of the embeddings and of the head, whose rows are looked up one by one,
    and no list of vectors, such as a convolution's. Source: Jordan et al. 2024, "Muon".
    """
    linear = {f"{n}.weight" for n, m in model.named_modules() if type(m) is nn.Linear}
    return {name for name in linear if ".h." in name}


def orthogonalise(G: Tensor, rounds: int = 5) -> Tensor:
    """The directions of G, (m, n), all about equally long: singular values near 1.

    Each round takes the polynomial 3.4445 s - 4.775 s^3 + 2.0315 s^5 of every singular
    value s, by products of matrices alone, in G's own dtype. What is below about 0.002
    of G's norm stays behind. Source: Jordan et al. 2024, "Muon".
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    tall = G.shape[0] > G.shape[1]
    x = G.T if tall else G
    x = x / x.norm().clamp(min=1e-7)
    for _ in range(rounds):
        square = x @ x.T
        x = torch.addmm(
            x, torch.addmm(square, square, square, beta=b, alpha=c), x, beta=a
        )
    return x.T if tall else x


class Muon(torch.optim.Muon):
    """PyTorch's Muon, with its rounds in the dtype of the weights.

    PyTorch's are in bfloat16 always, which a processor without instructions for it has
    to emulate, slowly. Arguments are PyTorch's; of its options only these.
    """

    def __init__(self, params, lr: float, momentum: float, weight_decay: float):
        super().__init__(params, lr, weight_decay, momentum)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """One step; what `closure` returns, if there is one."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            params, grads, kept = [], [], []
            self._init_group(group, params, grads, kept)
            for w, grad, m in zip(params, grads, kept, strict=True):
                m.lerp_(grad, 1 - group["momentum"])
                ahead = grad.lerp(m, group["momentum"])
                rows, columns = w.shape
                size = math.sqrt(max(1, rows / columns))
                w.mul_(1 - group["lr"] * group["weight_decay"])
                w.add_(orthogonalise(ahead), alpha=-group["lr"] * size)
        return loss


def configure_muon(
    model: nn.Module,
    *,
    weight_decay: float = 0.05,
    learning_rate: float = 5e-3,
    muon_learning_rate: float = 0.03,
    muon_momentum: float = 0.95,
    betas: tuple[float, float] = (0.9, 0.99),
) -> list[torch.optim.Optimizer]:
    """AdamW for the embeddings and the vectors, Muon for the matrices of the blocks.

    Only Muon's matrices are decayed.
    """
    params, inside = dict(model.named_parameters()), sorted(muon_names(model))
    rest = [params[name] for name in sorted(params.keys() - set(inside))]
    adamw = torch.optim.AdamW(
        rest, lr=learning_rate, betas=betas, weight_decay=0.0, fused=True
    )
    muon = Muon(
        [params[name] for name in inside],
        lr=muon_learning_rate,
        momentum=muon_momentum,
        weight_decay=weight_decay,
    )
    return [adamw, muon]


def cosine_lr(
    step: int, *, peak: float, min_lr: float, warmup: int, total: int
) -> float:
    """The learning rate of `step`, counted from 0: a ramp, then half a cosine.

    The ramp reaches `peak` at step `warmup`; the cosine falls from there to `min_lr` at
    step `total`, and it stays there. Source: nanoGPT's `get_lr`.

    Raises:
        ValueError: `step` below 0, no step left after the warm-up, or `min_lr` below 0
            or above `peak`.
    """
    _check_schedule(step, warmup, total, peak, min_lr)
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    if step >= total:
        return min_lr
    progress = (step - warmup) / (total - warmup)  # 0 to 1
    return min_lr + (peak - min_lr) * 0.5 * (1 + math.cos(math.pi * progress))


def hold_lr(
    step: int,
    *,
    peak: float,
    min_lr: float,
    warmup: int,
    total: int,
    hold: float = 0.4,
) -> float:
    """The learning rate of `step`, counted from 0: a ramp, the peak, then a line.

    The line begins after the share `hold` of all steps, and would be at `min_lr` in
    step `total`. Where it begins before the ramp has ended, the lower one counts.

    Source: Zhai et al. 2022, "Scaling vision transformers", 3.5; Hu et al. 2024,
    "MiniCPM", who call it WSD: warm-up, stable, decay.
    """
    _check_schedule(step, warmup, total, peak, min_lr)
    if not 0 <= hold <= 1:
        raise ValueError(f"hold = {hold} must be from 0 to 1, a share of the steps")
    rise = (step + 1) / max(1, warmup)
    fall = (total - step) / ((1 - hold) * total) if hold < 1 else 1.0
    fall = max(0.0, fall)
    return min(peak * min(1.0, rise), min_lr + (peak - min_lr) * min(1.0, fall))


def _check_schedule(
    step: int, warmup: int, total: int, peak: float, min_lr: float
) -> None:
    if not 0 <= min_lr <= peak:  # nor nan
        raise ValueError(f"min_lr = {min_lr} must be from 0 to peak = {peak}")
    if step < 0 or not 0 <= warmup < total:
        raise ValueError(
            f"step = {step} must be at least 0, and warmup = {warmup} at least 0 and "
            f"below total = {total}, so that steps are left after it"
        )
