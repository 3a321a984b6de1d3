"""Writing from a trained model: `python -m gptlib sample`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch

from gptlib.generate import checked_sampling, stream
from gptlib.guard.files import DATA
from gptlib.model import GPT
from gptlib.text.tokenizers import Tokenizer, load_pretrained_tokenizer
from gptlib.train import pick_device


@dataclass(frozen=True)
class SampleConfig:
    """Let a model write, from a folder of ours or from the Hugging Face hub."""

    model: str = str(DATA / "tales-gpt")
    """Folder that training or save_pretrained wrote, or a hub name such as gpt2."""
    prompt: str = "\n"
    """What stands there already; a newline begins a tale."""
    num_samples: int = 3
    max_new_tokens: int = 500
    one_line: bool = True
    """Stop at a newline, which ends a tale."""

    do_sample: bool = True
    """Draw from the distribution; otherwise the most likely token every time."""
    temperature: float = 1.0
    """Below 1 bolder in its favourites, above 1 more daring."""
    top_k: int | None = None
    """Draw from the k most likely tokens only."""
    top_p: float | None = None
    """Draw from the most likely tokens that together reach p."""
    use_cache: bool = True
    seed: int | None = None
    """The same seed writes the same text; none given, another every time."""
    device: Literal["cpu", "cuda", "mps", "auto"] = "cpu"

    def __post_init__(self):
        if not self.prompt:
            raise ValueError("prompt is empty: the model needs a token to start from")
        if self.num_samples < 1:
            raise ValueError(f"num_samples must be at least 1, got {self.num_samples}")
        checked_sampling(self.temperature, self.top_k, self.top_p)


def write(config: SampleConfig, model: GPT, tokenizer: Tokenizer) -> Iterator[str]:
    """One sample in pieces, as they are written; joined they are the text."""
    idx = torch.tensor([tokenizer.encode(config.prompt)], device=model.device)
    stop_id = None
    if config.one_line:
        stop_id = tokenizer.encode("\n")[-1]
    told, ids = "", []
    for new in stream(
        model,
        idx,
        config.max_new_tokens,
        do_sample=config.do_sample,
        temperature=config.temperature,
        top_k=config.top_k,
        top_p=config.top_p,
        use_cache=config.use_cache,
        stop_id=stop_id,
    ):
        ids.append(new.item())
        text = tokenizer.decode(ids)
        # A token may end within a character; what it shows then is not final.
        if not text.endswith("\ufffd"):
            yield text[len(told) :]
            told = text


def sample(config: SampleConfig) -> None:
    """Load the model and print the samples with a blank line between them."""
    model = GPT.from_pretrained(config.model).to(pick_device(config.device))
    tokenizer = load_pretrained_tokenizer(config.model)
    if config.seed is not None:
        torch.manual_seed(config.seed)
    for _ in range(config.num_samples):
        print(config.prompt.removeprefix("\n"), end="")
        for piece in write(config, model, tokenizer):
            print(piece, end="", flush=True)
        print("\n")


CONFIG, command = SampleConfig, sample
