"""The full GPT: ids in, logits out. It knows nothing of targets.

B batch, T time (positions), C = n_embd, V vocabulary.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from gptlib.attention import KVCache
from gptlib.block import Block
from gptlib.config import GPTConfig
from gptlib.embeddings import embed
from gptlib.flops import estimate_mfu
from gptlib.generate import generate
from gptlib.guard.values import checked_ids, checked_type, checked_whole, ids_only
from gptlib.guard.weights import check_tied
from gptlib.layernorm import LayerNorm
from gptlib.optim import configure_optimizers
from gptlib.pretrained import read_pretrained, save_pretrained


class GPT(nn.Module):
    """GPT-2, with GPT-2's names, so that its checkpoints map key for key.

    Sources: OpenAI's `src/model.py`, minGPT and nanoGPT.
    """

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.config = checked_type("config", config, GPTConfig, "a GPTConfig")
        V, C = config.vocab_size, config.n_embd
        self.transformer = nn.ModuleDict(
            dict(
                wte=nn.Embedding(V, C),
                wpe=nn.Embedding(config.block_size, C),
                drop=nn.Dropout(config.dropout),
                h=nn.ModuleList(Block(config) for _ in range(config.n_layer)),
                ln_f=LayerNorm(C, bias=config.bias),
            )
        )
        self.lm_head = nn.Linear(C, V, bias=False)
        # One matrix both reads a token in and scores it on the way out.
        self.transformer.wte.weight = self.lm_head.weight
        self.register_load_state_dict_pre_hook(_keep_tied)
        self.apply(_init_weights)
        self._scale_residual_projections()

    @ids_only
    def forward(self, idx: Tensor, *, cache: Sequence[KVCache] | None = None) -> Tensor:
        """Logits for the token after each position.

        Args:
            idx: ids, (B, T) int64, on the model's device; T counts from the end of
                what `cache` holds and must fit into block_size together with it.
            cache: one `KVCache` a layer, filled on the way; None reads idx afresh.

        Returns:
            (B, T, V) logits.

        Raises:
            TypeError: `idx` is not an int64 tensor, or targets came with it.
            ValueError: wrong rank, too long or empty a sequence, or, on the CPU, ids
                outside 0..V-1 (a GPU is not asked: CUDA's kernel stops by itself).
        """
        x = self.hidden(idx, cache=cache)  # (B, T, C)
        return self.lm_head(x)  # (B, T, V)

    def hidden(self, idx: Tensor, *, cache: Sequence[KVCache] | None = None) -> Tensor:
        """What `lm_head` reads: (B, T, C). Arguments and errors as in `forward`."""
        if cache is not None:
            checked_type("cache", cache, Sequence, "what model.new_cache() makes")
            for part in cache:
                checked_type("cache", part, KVCache, "what model.new_cache() makes")
            if len(cache) != self.config.n_layer:
                raise ValueError(
                    f"cache has {len(cache)} parts, the model {self.config.n_layer} "
                    f"layers: make it with model.new_cache()"
                )
        start = cache[0].length if cache else 0
        self.check_idx(idx, start)
        wte, wpe = self.transformer.wte, self.transformer.wpe
        x = embed(idx, wte, wpe, start)  # (B, T, C)
        x = self.transformer.drop(x)
        for layer, block in enumerate(self.transformer.h):
            x = block(x, cache[layer] if cache else None)
        return self.transformer.ln_f(x)  # (B, T, C)

    @property
    def device(self) -> torch.device:
        """Where the weights are, and so where `idx` must be."""
        return self.lm_head.weight.device

    def new_cache(self) -> list[KVCache]:
        """An empty cache for `forward`, one part a layer."""
        return [KVCache(self.config.block_size) for _ in self.transformer.h]

    def crop_block_size(self, block_size: int) -> None:
        """Forget the positions from `block_size` on, for good.

        The config is replaced and `wpe` keeps its first rows; nothing else depends on
        the length. `wpe.weight` is a new parameter: make the optimizer afterwards.

        Raises:
            TypeError: `block_size` is not a whole number.
            ValueError: it is below 1, or larger than the one the model has.
        """
        block_size = checked_whole("block_size", block_size)
        if block_size > self.config.block_size:
            raise ValueError(
                f"cannot crop block_size {self.config.block_size} to the larger "
                f"{block_size}: positions that were never learned cannot be added"
            )
        self.config = replace(self.config, block_size=block_size)
        wpe = self.transformer.wpe
        rows = wpe.weight.detach()[:block_size].clone()  # (block_size, C)
        wpe.weight = nn.Parameter(rows, requires_grad=wpe.weight.requires_grad)
        wpe.num_embeddings = block_size

    def get_num_params(self, non_embedding: bool = True) -> int:
        """How many parameters; without those of `wpe` unless told otherwise.

        `wte` always counts: tied to `lm_head`, it does work in the last layer too.
        """
        n = sum(p.numel() for p in self.parameters())
        return n - self.transformer.wpe.weight.numel() if non_embedding else n

    # The methods that the field expects on a GPT. Each is the function of a later
    # lesson with the model as its first argument.
    configure_optimizers = configure_optimizers
    estimate_mfu = estimate_mfu
    generate = generate
    save_pretrained = save_pretrained

    @classmethod
    def from_pretrained(
        cls, source: str | Path, *, dropout: float | None = None, flash: bool = True
    ) -> "GPT":
        """A GPT with the weights of a folder or of a model on the Hugging Face hub.

        Args:
            source: a folder with config.json and model.safetensors (or its shards) in
                Hugging Face's GPT-2 format, or a hub name such as "gpt2" (fetched once,
                then cached; needs the extra `pretrained` and a network).
            dropout: replaces the one in the config, as for fine-tuning.
            flash: as in GPTConfig.

        Returns:
            A GPT in float32 on the CPU, in evaluation mode.

        Raises:
            FileNotFoundError, ConnectionError, ValueError: see `read_pretrained`.
        """
        config, state = read_pretrained(source, dropout=dropout, flash=flash)
        with torch.device("meta"):  # sizes only: the weights are there already
            model = cls(config)
        model.load_state_dict(state, assign=True)
        model.requires_grad_()
        return model.eval()

    def _scale_residual_projections(self) -> None:
        # Each block adds to the stream twice. With 2 * n_layer sums of equal variance
        # this keeps the stream's spread from growing with depth (GPT-2, section 2.3).
        std = 0.02 / math.sqrt(2 * self.config.n_layer)
        for name, p in self.named_parameters():
            if name.endswith("c_proj.weight"):
                nn.init.normal_(p, mean=0.0, std=std)

    def check_idx(self, idx: Tensor, start: int = 0, cropped: bool = False) -> None:
        """Raise what `forward` promises for ids that the model cannot read.

        `start` tokens are in a cache already; `cropped` allows any length.
        """
        checked_ids("idx", idx, dim=2, vocab_size=self.config.vocab_size)
        T, block_size = idx.shape[1], self.config.block_size
        if start == block_size:
            raise ValueError(
                f"the cache is full, it holds all {block_size} positions: go on with "
                f"the last tokens in a new one, cache=model.new_cache()"
            )
        longest = T if cropped else block_size - start
        if not 1 <= T <= longest:
            cached = f" after {start} in the cache" if start else ""
            raise ValueError(
                f"the sequence has {T} tokens{cached}, block_size is {block_size}: "
                f"give 1 to {block_size - start}, or crop"
            )


def _init_weights(module: nn.Module) -> None:
    """GPT-2's: normal with spread 0.02; biases zero. LayerNorm sees to itself."""
    if isinstance(module, (nn.Linear, nn.Embedding)):
        nn.init.normal_(module.weight, mean=0.0, std=0.02)
    if isinstance(module, nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)


def _keep_tied(model: GPT, state: dict[str, Tensor], prefix: str, *_) -> None:
    """Before loading: refuse two matrices, as minGPT's models have, for the one.

    A state that holds it once, as Hugging Face stores it, is as good as one with both.
    """
    names = f"{prefix}lm_head.weight", f"{prefix}transformer.wte.weight"
    tied = model.lm_head.weight is model.transformer.wte.weight
    given = [state[name] for name in names if name in state]
    if tied and given:
        check_tied(given[0], given[-1])
        # One parameter for both, or load_state_dict(..., assign=True) makes two.
        both = nn.Parameter(
            given[-1].detach(), requires_grad=model.lm_head.weight.requires_grad
        )
        state.update(dict.fromkeys(names, both))
