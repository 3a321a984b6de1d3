"""Texts to learn from: the tales, Tiny Shakespeare, or a file of your own."""

import os
from pathlib import Path

from gptlib.guard.files import DATA, write_text
from gptlib.guard.values import checked_text, checked_type
from gptlib.text.fetch import fetch
from gptlib.text.tales import SEED, STORIES, corpus

SHAKESPEARE_URL = (
    "https://raw.githubusercontent.com/karpathy/char-rnn/"
    "master/data/tinyshakespeare/input.txt"
)
SHAKESPEARE_SHA256 = "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"

_CONVERT = "save it as UTF-8 in an editor, or by iconv -t utf-8 -f"


def read_tales() -> str:
    """The course's own corpus: stories, with a newline before, between and after.

    Raises:
        FileNotFoundError: data/tales.txt is not there.
    """
    path = DATA / "tales.txt"
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing: `python -m gptlib.text.corpora` makes it, without "
            f"a network"
        )
    # In text mode, so that a checkout with Windows line ends reads the same.
    return path.read_text(encoding="utf-8")


def read_shakespeare() -> str:
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
        fetch(SHAKESPEARE_URL, SHAKESPEARE_SHA256, path)
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
        f"{path.name}, or use read_tales(), which needs no network."
    )


def read_file(path: str | Path) -> str:
    r"""A text file in UTF-8. Its lines end with \n, whatever they end with in the file.

    A byte-order mark at the beginning, which some editors write, is not part of the
    text and is taken away.

    Raises:
        FileNotFoundError: there is no such file.
        IsADirectoryError: the path is that of a folder.
        ValueError: the file is empty, or is not UTF-8.
    """
    if Path(path).is_dir():
        raise IsADirectoryError(
            f"{Path(path)} is a folder: give one text file, with all the text in it"
        )
    data = Path(path).read_bytes()
    for name in ("utf-32", "utf-16"):  # UTF-32's mark begins with that of UTF-16
        marks = ("\ufeff".encode(f"{name}-{end}") for end in ("le", "be"))
        if data.startswith(tuple(marks)):
            name = name.upper()
            raise ValueError(f"{path} is {name}, expected UTF-8: {_CONVERT} {name}")
    if 0 in data:
        raise ValueError(
            f"{path} holds a byte 0, at {data.index(0)}, which no text has: give a "
            f"text file (of a document, save it as plain text in UTF-8)"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{path} is not UTF-8: byte 0x{data[error.start]:02x} in line {line} does "
            f"not fit; if the file is Latin-1, {_CONVERT} latin1"
        ) from None
    if not text.strip():
        raise ValueError(f"{path} is empty: a model needs some text to learn from")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def split_text(text: str, val_fraction: float = 0.1) -> tuple[str, str]:
    """Cut a text into a part to train on and its end to validate on.

    Source: nanoGPT, data/shakespeare_char/prepare.py.

    Raises:
        ValueError: val_fraction is not between 0 and 1, or leaves a part empty.
    """
    text = checked_text("text", text)
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
    """A training text by the grammar of the tales: n stories, less those of val_text.

    They are told in the same order for every val_text, and what is left out is not
    replaced. Left out are very few: two stories are hardly ever the same.

    Raises:
        ValueError: n is below 1.
    """
    known = set(val_text.split("\n"))
    stories = (story.text for story in corpus(SEED + 1, n).stories)
    return "\n" + "".join(f"{text}\n" for text in stories if text not in known)


def load_text(name: str | Path, stories: int = 0) -> tuple[str, str]:
    """Training and validation text: of "tales", "shakespeare", or a UTF-8 text file.

    With `stories` above 0 the tales to train on are that many new ones, made on the
    spot (see `more_tales`), instead of those in data/tales.txt. The validation text
    stays the same.

    Raises:
        TypeError: the name is neither text nor a path.
        FileNotFoundError: the name is none of these, or the file is not there.
        IsADirectoryError, ValueError: see `read_file`.
        ConnectionError: see `read_shakespeare`.
    """
    wanted = "tales, shakespeare, or the path of a text file"
    checked_type("name", name, str | os.PathLike, wanted)
    if name == "tales":
        train, val = split_stories(read_tales())
        return (more_tales(stories, val) if stories else train), val
    if name == "shakespeare":
        return split_text(read_shakespeare())
    if str(name) in ("", ".") or not Path(name).exists():
        raise FileNotFoundError(f"no corpus {str(name)!r}: give {wanted}")
    return split_text(read_file(name))


def _checked_fraction(val_fraction: float) -> float:
    if not 0 < val_fraction < 1:
        raise ValueError(f"val_fraction must be between 0 and 1, got {val_fraction}")
    return val_fraction


def main() -> None:
    """Write the corpus that the course ships: data/tales.txt."""
    made = corpus(SEED, STORIES)
    DATA.mkdir(parents=True, exist_ok=True)
    write_text(DATA / "tales.txt", made.text)
    print(f"{len(made.text):,} characters, floor {made.floor:.4f} nats a character")


if __name__ == "__main__":
    main()
