"""Writing from a trained model: `python -m gptlib sample`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import torch

from gptlib.generate import checked_sampling, stream
from gptlib.guard.files import DATA
from gptlib.guard.values import checked_whole
from gptlib.model import GPT
from gptlib.text.tokenizers import Tokenizer, load_pretrained_tokenizer
from gptlib.train import pick_device


@dataclass(frozen=True)
class SampleConfig:
    """Let a model write, from a folder of ours or from the Hugging Face hub."""

    model: str = str(DATA / "tales-gpt")
    """Folder that training or save_pretrained wrote, or a hub name such as gpt2."""
    prompt: str | None = None
    """What stands there already; without one, a newline, which begins a tale."""
    num_samples: int = 3
    max_new_tokens: int = 500
    one_line: bool = True
    """Stop before a newline, which ends a tale."""

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
        if self.prompt == "":
            raise ValueError("prompt is empty: the model needs a token to start from")
        checked_whole("num_samples", self.num_samples)
        checked_whole("max_new_tokens", self.max_new_tokens, least=0)
        if self.seed is not None:
            checked_whole("seed", self.seed, least=0, most=2**63 - 1)
        checked_sampling(self.temperature, self.top_k, self.top_p)


def pieces(config: SampleConfig, model: GPT, tokenizer: Tokenizer) -> Iterator[str]:
    """The text of one sample, a piece whenever there is more to show.

    A prompt that cannot be read is refused at once, not with the first piece.
    """
    ids = tokenizer.encode("\n" if config.prompt is None else config.prompt)
    columns = stream(
        model,
        torch.tensor([ids], device=model.device),
        config.max_new_tokens,
        do_sample=config.do_sample,
        temperature=config.temperature,
        top_k=config.top_k,
        top_p=config.top_p,
        use_cache=config.use_cache,
    )
    text = whole_characters((column.item() for column in columns), tokenizer)
    return first_line(text) if config.one_line else text


def whole_characters(ids: Iterable[int], tokenizer: Tokenizer) -> Iterator[str]:
    """Text as the ids come; joined, it is what the tokenizer makes of all of them.

    A token may end within a character. It is held back until the rest is there, or
    until nothing more comes: then it is shown as U+FFFD.
    """
    held = []
    for i in ids:
        held.append(i)
        text = tokenizer.decode(held)
        if not text.endswith("\ufffd"):
            yield text
            held = []
    if held:
        yield tokenizer.decode(held)


def first_line(texts: Iterable[str]) -> Iterator[str]:
    """What stands before the first newline, which may be within one of the texts."""
    for text in texts:
        line, newline, _ = text.partition("\n")
        yield line
        if newline:
            return


def sample(config: SampleConfig) -> None:
    """Load the model and print the samples with a blank line between them."""
    model = GPT.from_pretrained(config.model).to(pick_device(config.device))
    tokenizer = load_pretrained_tokenizer(config.model)
    if config.seed is not None:
        torch.manual_seed(config.seed)
    for _ in range(config.num_samples):
        text = pieces(config, model, tokenizer)
        print((config.prompt or "").removeprefix("\n"), end="")
        for piece in text:
            print(piece, end="", flush=True)
        print("\n")


CONFIG, command = SampleConfig, sample
