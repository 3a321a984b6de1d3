"""Checks of the homework special-tokens: some texts are one token each, never cut."""

import re
from collections.abc import Callable, Iterable, Mapping

import torch

from gptlib.bpe import split_special
from gptlib.checks.calls import run, when
from gptlib.checks.lists import expect_list
from gptlib.checks.verdict import Wrong, part

NAME = "special-tokens"
Special = Mapping[str, int]

UNCUT = "The special tokens were encoded like any other text: look for them first."
LOST = (
    "What stands between the special tokens is right, and their own ids are missing. "
    "re.split drops what it splits at, unless the pattern is a group, in brackets."
)
MERGED = (
    "What stands on both sides of a special token was encoded as one text, and a token "
    "was made across the place: encode each piece by itself."
)
TOO_LATE = (
    "A special token was missed where `encode` had merged its first or last sign with "
    "a neighbour: cut the text before anything is encoded, not the ids afterwards."
)
NOT_ESCAPED = (
    "Special tokens of letters are found, and these are not. In a regular expression | "
    "means or and . any character: re.escape makes plain signs of them."
)
STRIPPED = (
    "Spaces or ends of lines beside a special token are gone: they are text like any "
    "other."
)
SHORT_WINS = (
    "Where one special token begins with another, the shorter one was taken: at each "
    "place, try the longer ones first."
)
ONLY_FIRST = "Only the first special token was found: the text may have several."
NESTED = "There are lists in your list: add the ids of a piece one by one, by extend."
TURNED = "The dict leads from text to id, and the text stands where the id should."
EMPTY = (
    "Where the dict is empty your pattern is empty too, and an empty pattern fits "
    "between any two characters. The ids must be those of `encode` then."
)
ONE_BY_ONE = (
    "Each character went to `encode` by itself. The text between two special tokens "
    "must go there in one piece, since a token may be longer than a character."
)
TAIL = (
    "The text behind the last special token is missed: it must be encoded too, when "
    "the end is reached."
)
ID_0 = "A special token with the id 0 is missed, as 0 is false: ask `is None`, or `in`."
CUT_AGAIN = (
    "The text between two special tokens was cut again: however long it is, it goes to "
    "`encode` as one piece, since a token may reach over the place where you cut."
)
NOT_FROM_THE_LEFT = (
    "Where two special tokens overlap, the one that begins first counts. The longer "
    "one wins only where both begin at the same place: go from left to right."
)
LAST_MISSED = "The special token with which the text ends is missed."
AT_THE_END = "All ids are there, in another order: they must stand as in the text."
WORDS = ("the gull rolls off", "a bee, a pool", "too good to miss")


def _words(seed: int) -> str:
    """Words that are made for the check, and one that nobody has seen before."""
    letters = "".join(chr(97 + int(n)) for n in torch.randint(26, (4,)))
    return f"{WORDS[seed % 3]} {letters}"


def encoder(text: str) -> list[int]:
    """Two equal neighbours are one token, and so are two letters and their space."""
    found = re.findall(r"(?s)(.)(\1|(?<=\w) \w)?", text)
    return [ord(char) + 1000 * len(more) for char, more in found]


def _flat(nested: Iterable) -> list:
    flat = []
    for it in nested:
        flat += it if isinstance(it, list) else [it]
    return flat


def _ids(parts: list[str], special: Special) -> list[int]:
    """Every second part is a special token."""
    return _flat([special[it] if i % 2 else encoder(it) for i, it in enumerate(parts)])


def _afterwards(text: str, special: Special) -> list[int]:
    """The ids of the special tokens' signs are looked for in the ids of all."""
    said = " ".join(map(str, encoder(text)))
    for token in sorted(special, key=len, reverse=True):
        signs = " ".join(map(str, encoder(token)))
        said = re.sub(rf"\b{signs}\b", str(special[token]), said)
    return [int(it) for it in said.split()]


def _shorter_first(text: str, special: Special) -> list[int]:
    shorter = "|".join(re.escape(it) for it in sorted(special, key=len))
    return _ids(re.split(f"({shorter})", text), special)


def _longest_anywhere(text: str, special: Special) -> list[int]:
    """The longest of all is cut out first, wherever it stands."""
    for token in sorted(special, key=len, reverse=True):
        before, found, after = text.partition(token)
        if found:
            left, right = (_longest_anywhere(it, special) for it in (before, after))
            return [*left, special[token], *right]
    return encoder(text)


def _cut_again(parts: list[str], special: Special) -> list[tuple[list, str]]:
    """Ordinary text is cut into characters, or words and the space beside each."""
    known = []
    for word, words in (
        (r"(?s).", ONE_BY_ONE),
        (r"\s*\S+|\s+", CUT_AGAIN),
        (r"\S+\s*|\s+", CUT_AGAIN),
        (r"\s+|\S+", CUT_AGAIN),
    ):
        cut = lambda text, word=word: _flat(map(encoder, re.findall(word, text)))
        ids = [[special[it]] if i % 2 else cut(it) for i, it in enumerate(parts)]
        known.append((_flat(ids), words))
    return known


def _mistakes(text: str, special: Special, uncut: str) -> list[tuple[list, str]]:
    parts = split_special(text, special)
    ordinary, found = parts[::2], parts[1::2]
    ids = [special[it] for it in found]
    as_parts = [special[it] if i % 2 else encoder(it) for i, it in enumerate(parts)]
    in_text = [it if i % 2 else encoder(it) for i, it in enumerate(parts)]
    between = [it for piece in ordinary for it in encoder(piece)]
    truthy = {token: i or encoder(token) for token, i in special.items()}
    first, rest = parts[:2], "".join(parts[2:])
    missed = [_flat(as_parts[:-2]) + it for it in ([], encoder(parts[-2]))]
    return [
        *[(it, LAST_MISSED) for it in missed if not parts[-1]],
        (encoder(text), uncut),
        (between, LOST),
        (encoder("".join(ordinary)), MERGED),
        ([*between, *ids], AT_THE_END),
        ([*ids, *between], AT_THE_END),
        (_ids([it.strip() for it in parts], special), STRIPPED),
        (_ids([it if it.strip() else "" for it in parts], special), STRIPPED),
        (_flat(in_text), TURNED),
        (as_parts, NESTED),
        ([it if isinstance(it, list) else [it] for it in as_parts], NESTED),
        ([it for it in as_parts if it != []], NESTED),
        (_ids([*first, rest], special), ONLY_FIRST),
        (_shorter_first(text, special), SHORT_WINS),
        (_longest_anywhere(text, special), NOT_FROM_THE_LEFT),
        (_afterwards(text, special), TOO_LATE),
        (_flat(_ids(parts, truthy)), ID_0),
        (_ids(parts[:-1], special), TAIL),
        *_cut_again(parts, special),
    ]


def _judge(mine: Callable, text: str, special: Special, uncut: str = UNCUT) -> None:
    out = run(mine, text, special, encoder)
    given = f"the text {text!r} and the special tokens {list(special)}"
    parts = split_special(text, special)
    known = [*_cut_again(parts, special), ([], TAIL), ([encoder(text)], NESTED)]
    if not special:
        known.insert(0, (_flat(map(encoder, text)), EMPTY))
    if len(parts) > 1:
        known = _mistakes(text, special, uncut)
    expect_list(out, _ids(parts, special), given, known)


@part(NAME, "a text without special tokens has the ids of encode", points=1)
def plain(seed: int, mine: Callable) -> None:
    """Without any to look for, too."""
    _judge(mine, _words(seed), {"END": 5000})
    _judge(mine, _words(seed), {})
    with when("Of an empty text"):
        _judge(mine, "", {"END": 5000})


@part(NAME, "one id each, at both ends and in a row, none merged across", points=1)
def placed(seed: int, mine: Callable) -> None:
    """Letters only, so that nothing has to be escaped."""
    special = {"END": 5000 + seed, "PAD": 0}
    text = _words(seed)
    _judge(mine, f"{text}, END  tool", special)
    _judge(mine, f"END{text}PAD PADEND, all", special)
    _judge(mine, f"{text} PAD {text}sENDsomeENDD", special)
    _judge(mine, f"PAD\n{text}\nEND\n", special)
    for short in ("to the endEND", "ENDENDPAD", "END"):
        _judge(mine, short, special)


@part(NAME, "signs such as | and ( in a special token are plain signs", points=1)
def signs(seed: int, mine: Callable) -> None:
    """What a regular expression would read as something else."""
    for token in ("<|endoftext|>", "[SEP]", "(.)*+", "a|b"):
        special, text = {token: 5000 + seed}, f"{_words(seed)} {token}({token})bees."
        try:
            _judge(mine, text, special, NOT_ESCAPED)
        except Wrong as fault:
            known = {words for _, words in _mistakes(text, special, NOT_ESCAPED)}
            if str(fault) in known:
                raise
            raise Wrong(f"{NOT_ESCAPED}\n{fault}") from None


@part(NAME, "the first wins, and of two at one place the longer", points=1)
def longest(seed: int, mine: Callable) -> None:
    """One special token begins with another."""
    known = [("<END>", 5000), ("<END><END>", 5001 + seed), ("<END><PAD>", 7000)]
    text = f"{_words(seed)}<END> <END><PAD><END><END>all"
    for special in (dict(known), dict(reversed(known))):
        _judge(mine, text, special)
    _judge(mine, f"ENDING{text}DINGDINGEND", {"END": 5000, "DING": 5001 + seed})
