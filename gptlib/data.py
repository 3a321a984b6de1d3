"""Texts, and the batches (X, y) that a GPT learns from.

B batch, T = block_size positions, R rows. In all of them X and y are int64, and y[b, t]
is the token that follows X[b, t].
"""

import os
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from gptlib.loss import IGNORE
from gptlib.tokenizer import TIMEOUT, Tokenizer

DATA = Path(__file__).resolve().parent.parent / "data"

SHAKESPEARE_URL = (
    "https://raw.githubusercontent.com/karpathy/char-rnn/"
    "master/data/tinyshakespeare/input.txt"
)
SHAKESPEARE_SHA256 = "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"

PAD = 0  # what fills a short row in X; in y that is IGNORE


# ---- texts ------------------------------------------------------------------------


def tales() -> str:
    """The course's own corpus: stories, with a newline before, between and after.

    Raises:
        FileNotFoundError: data/tales.txt is not there.
    """
    path = DATA / "tales.txt"
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing: `python -m gptlib.tales` makes it, without a network"
        )
    # In text mode, so that a checkout with Windows line ends reads the same.
    return path.read_text(encoding="utf-8")


def shakespeare() -> str:
    """Tiny Shakespeare (Karpathy 2015), fetched once and then read from its cache.

    The cache is the folder in the environment variable GPTLIB_DATA, or else the one
    your system has for caches. Each read compares the file's sha256.

    Raises:
        ConnectionError: there is no good copy in the cache and none could be fetched.
    """
    import pooch

    folder = Path(os.environ.get("GPTLIB_DATA") or pooch.os_cache("gptlib"))
    path = folder.expanduser() / "tinyshakespeare.txt"
    try:
        # Downloads to a temporary file, checks it, and only then moves it into place.
        pooch.retrieve(
            SHAKESPEARE_URL,
            known_hash=f"sha256:{SHAKESPEARE_SHA256}",
            fname=path.name,
            path=path.parent,
            downloader=pooch.HTTPDownloader(progressbar=True, timeout=TIMEOUT),
        )
    # What requests raises is an OSError; a wrong checksum is a ValueError.
    except (OSError, ValueError) as error:
        raise ConnectionError(_no_shakespeare(path, error)) from error
    return path.read_bytes().decode("utf-8")


def _no_shakespeare(path: Path, error: Exception) -> str:
    import pooch

    found = "no such file"
    if path.exists():
        found = f"a file with another sha256, {pooch.file_hash(str(path))}"
    return (
        f"Tiny Shakespeare is not in the cache and could not be fetched.\n"
        f"wanted: {path} with sha256 {SHAKESPEARE_SHA256}\n"
        f"found:  {found}\n"
        f"tried:  {SHAKESPEARE_URL}\n"
        f"failed: {type(error).__name__}: {error}\n"
        f"Put the file there by hand, or set GPTLIB_DATA to a folder that has "
        f"{path.name}, or use tales(), which needs no network."
    )


def split(text: str, val_fraction: float = 0.1) -> tuple[str, str]:
    """Cut a text into a part to train on and its end to validate on.

    Source: nanoGPT, data/shakespeare_char/prepare.py.

    Raises:
        ValueError: val_fraction is not between 0 and 1, or leaves a part empty.
    """
    cut = int(len(text) * (1 - _checked_fraction(val_fraction)))
    if not 0 < cut < len(text):
        raise ValueError(
            f"a text of {len(text)} characters is too short for a part of "
            f"{val_fraction}: one side would be empty"
        )
    return text[:cut], text[cut:]


def split_stories(text: str, val_fraction: float = 0.1) -> tuple[str, str]:
    """Cut a corpus of one story a line into training and validation, between stories.

    Both parts begin and end with a newline, as the whole does; they share only the
    newline at the cut. The last stories, in number `val_fraction` of all, validate.

    Raises:
        ValueError: text without a newline at either end, with too few stories, or
            with a story that would stand in both parts.
    """
    if len(text) < 2 or text[0] != "\n" or text[-1] != "\n":
        raise ValueError(
            f"text must begin and end with a newline, got {text[:20]!r} at its "
            f"beginning and {text[-20:]!r} at its end"
        )
    stories = text[1:-1].split("\n")
    cut = len(stories) - max(1, round(len(stories) * _checked_fraction(val_fraction)))
    if cut < 1:
        raise ValueError(f"need a story for each part, got {len(stories)} in all")
    if both := set(stories[:cut]) & set(stories[cut:]):
        raise ValueError(
            f"{len(both)} stories would stand in both parts, one is {min(both)!r}: "
            f"keep each story once"
        )
    train, val = ("\n" + "\n".join(part) for part in (stories[:cut], stories[cut:]))
    return train + "\n", val + "\n"


def more_tales(n: int, val_text: str) -> str:
    """A training text of n new stories by the grammar of the tales, none of val_text.

    Raises:
        ValueError: n is below 1.
    """
    from gptlib.tales import SEED, corpus

    known = set(val_text.split("\n"))
    stories = (story.text for story in corpus(SEED + 1, n).stories)
    return "\n" + "".join(f"{text}\n" for text in stories if text not in known)


def load_text(name: str, stories: int = 0) -> tuple[str, str]:
    """Training and validation text: of "tales", "shakespeare", or a UTF-8 text file.

    With `stories` above 0 the tales to train on are that many new ones, made on the
    spot, instead of those in data/tales.txt. The validation text stays the same.

    Raises:
        FileNotFoundError: the name is none of these, or the file is not there.
        ConnectionError: see `shakespeare`.
    """
    if name == "tales":
        train, val = split_stories(tales())
        return (more_tales(stories, val) if stories else train), val
    if name == "shakespeare":
        return split(shakespeare())
    if not Path(name).is_file():
        raise FileNotFoundError(
            f"no corpus {name!r}: give tales, shakespeare, or the path of a text file"
        )
    return split(Path(name).read_text(encoding="utf-8"))


def _checked_fraction(val_fraction: float) -> float:
    if not 0 < val_fraction < 1:
        raise ValueError(f"val_fraction must be between 0 and 1, got {val_fraction}")
    return val_fraction


# ---- batches ----------------------------------------------------------------------


class Split(NamedTuple):
    """One part of a corpus: ids (N,) int64, and where windows may start (None: any)."""

    ids: Tensor
    starts: Tensor | None


def make_split(text: str, tokenizer: Tokenizer, by_story: bool) -> Split:
    """The ids of a text; of stories, one a line, also the places where they start."""
    ids = torch.tensor(tokenizer.encode(text))
    if not by_story:
        return Split(ids, None)
    (newline,) = tokenizer.encode("\n")
    return Split(ids, story_starts(ids, newline))


def get_batch(
    ids: Tensor,
    block_size: int,
    batch_size: int,
    generator: torch.Generator | None = None,
    starts: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Random windows of a text: X (B, T), and y (B, T), the same one token later.

    Args:
        ids: (N,) int64, the whole text; the batch is made on its device.
        block_size: T.
        batch_size: B.
        generator: makes the choice repeatable, on the CPU whatever the device.
        starts: (S,) int64, the only places where a window may begin; those with too
            little text behind them are left out. All places, if not given.

    Raises:
        TypeError: ids or starts are not int64 tensors.
        ValueError: not 1-D, a size below 1, or no place from which T + 1 tokens fit.

    Source: nanoGPT, train.py, without its loop over the batch.
    """
    _check_ids(ids, block_size)
    _check_size("batch_size", batch_size)
    if len(ids) <= block_size:
        raise ValueError(
            f"a window of block_size {block_size} and the token after it need "
            f"{block_size + 1} tokens, but the text has {len(ids)}"
        )
    if starts is None:
        first = torch.randint(len(ids) - block_size, (batch_size,), generator=generator)
    else:
        fit = _starts_that_fit(starts, len(ids), block_size)
        first = fit[torch.randint(len(fit), (batch_size,), generator=generator)]
    at = first.to(ids.device)[:, None] + torch.arange(block_size, device=ids.device)
    return ids[at], ids[at + 1]  # (B, T), (B, T)


def story_starts(ids: Tensor, newline_id: int) -> Tensor:
    """Where the stories start: the place of each newline in ids (N,), but the last.

    Returns:
        (S,) int64, one place a story, in order.

    Raises:
        ValueError: fewer than two newlines, which is no story.
    """
    _check_ids(ids)
    places = (ids == newline_id).nonzero().flatten()
    if len(places) < 2:
        raise ValueError(
            f"a story stands between two newlines (id {newline_id}), but the "
            f"{len(ids)} ids have {len(places)}"
        )
    return places[:-1]


def eval_rows(
    ids: Tensor, block_size: int, starts: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """The whole text in rows, X (R, T) and y (R, T), each token asked for just once.

    Without `starts` the rows follow one another through the text. With `starts` every
    story begins a row of its own, with the newline before it, and its closing newline
    is its last target; a story longer than T goes on in the next row. Where a row is
    short, X is 0 and y is -1. Read in order, the targets that are not -1 are ids[1:].

    Args:
        ids: (N,) int64, the whole text.
        block_size: T.
        starts: (S,) int64, increasing from 0, as `story_starts` gives them.

    Raises:
        TypeError: ids or starts are not int64 tensors.
        ValueError: not 1-D, block_size below 1, fewer than two ids, or starts that
            would leave a part of the text out.
    """
    _check_ids(ids, block_size)
    last = len(ids) - 1  # nothing follows the last token, so no row holds it in X
    if last < 1:
        raise ValueError(f"need a token and one after it, got {len(ids)} ids")
    bounds = [0, last] if starts is None else _story_bounds(starts, last)
    first = [i for a, b in pairwise(bounds) for i in range(a, b, block_size)]
    first = torch.tensor([*first, last], device=ids.device)  # (R + 1,)
    at = first[:-1, None] + torch.arange(block_size, device=ids.device)  # (R, T)
    # A row ends where the next one begins.
    beyond = at >= first[1:, None]  # (R, T)
    at = at.clamp(max=last - 1)
    return ids[at].masked_fill(beyond, PAD), ids[at + 1].masked_fill(beyond, IGNORE)


def sort_batch(
    batch_size: int,
    length: int = 6,
    num_digits: int = 3,
    generator: torch.Generator | None = None,
) -> tuple[Tensor, Tensor]:
    """minGPT's first task: read `length` digits, then write them in order.

    A row is the digits followed by the same digits sorted. Only the sorted ones are
    asked for, so y is -1 until the last digit has been read. With length 3, the
    digits 2 0 1 are followed by 0 1 2:

        X = 2  0  1  0  1
        y = -1 -1 0  1  2

    Returns:
        X and y, (B, 2 * length - 1) each, with digits 0..num_digits-1.

    Raises:
        ValueError: a size below 1.

    Source: minGPT, demo.ipynb, with every sequence equally likely.
    """
    _check_size("batch_size", batch_size)
    _check_size("length", length)
    _check_size("num_digits", num_digits)
    digits = torch.randint(num_digits, (batch_size, length), generator=generator)
    rows = torch.cat([digits, digits.sort(dim=1).values], dim=1)  # (B, 2 * length)
    X, y = rows[:, :-1].clone(), rows[:, 1:].clone()
    y[:, : length - 1] = IGNORE
    return X, y


# ---- checks -----------------------------------------------------------------------


def _starts_that_fit(starts: Tensor, n: int, block_size: int) -> Tensor:
    """Those of `starts` that have block_size + 1 of the n tokens from there on."""
    _check_vector("starts", starts)
    fit = starts[starts + block_size < n]
    if len(fit) == 0 or fit.min() < 0:
        raise ValueError(
            f"of the {len(starts)} starts, {len(fit)} have block_size + 1 = "
            f"{block_size + 1} of the {n} tokens from there on: need at least one, "
            f"and none below 0"
        )
    return fit


def _story_bounds(starts: Tensor, last: int) -> list[int]:
    _check_vector("starts", starts)
    bounds = [*starts.tolist(), last]
    if bounds[0] != 0 or any(a >= b for a, b in pairwise(bounds)):
        raise ValueError(
            f"starts must increase from 0 and stay below {last}, the last token, or "
            f"a part of the text is lost: got {starts.tolist()[:5]}..."
        )
    return bounds


def _check_ids(ids: Tensor, block_size: int = 1) -> None:
    _check_vector("ids", ids)
    _check_size("block_size", block_size)


def _check_vector(name: str, x: Tensor) -> None:
    """Refuse everything but a 1-D int64 tensor."""
    if not isinstance(x, Tensor) or x.dtype != torch.int64:
        got = f"{x.dtype} tensor" if isinstance(x, Tensor) else type(x).__name__
        raise TypeError(
            f"{name} must be a 1-D int64 tensor, got {got}: use torch.tensor(...)"
        )
    if x.dim() != 1:
        raise ValueError(f"{name} must be 1-D, got shape {tuple(x.shape)}")


def _check_size(name: str, value: int) -> None:
    if value < 1:
        raise ValueError(f"{name} must be at least 1, got {value}")
