"""The corpus `tales`: short stories by a grammar that knows the chance of each one.

The grammar itself, its words and its sentences, is in `gptlib.text.grammar`; how a
story grows is in `gptlib.text.draft`. Every choice is uniform, so one of n options
costs ln n nats. No story can be written in two ways, hence its costs sum to minus the
logarithm of its probability, and the loss of a perfect predictor of these stories is
known exactly.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from statistics import fmean as mean

from gptlib.text.draft import FORMS, Draft, Story, opening, pieces, slot
from gptlib.text.grammar import GRAMMAR, Grammar

SEED, STORIES = 0, 4500  # what data/tales.txt holds: about a megabyte


@dataclass(frozen=True)
class Corpus:
    """Stories with a newline before the first, between them and after the last."""

    text: str
    stories: tuple[Story, ...]

    @property
    def nats(self) -> float:
        """Minus the natural logarithm of the probability of all the stories."""
        return math.fsum(story.nats for story in self.stories)

    @property
    def floor(self) -> float:
        """Loss of a perfect predictor, nats a character; the first newline is given."""
        return self.nats / (len(self.text) - 1)


def tell(
    rng: random.Random, grammar: Grammar = GRAMMAR, start: str = "{STORY}"
) -> Story:
    """Write one story: what `start`, any template, makes of the grammar.

    Of the generator only `random()` is used, the one method whose sequence for a seed
    Python promises never to change.
    """
    draft = Draft(pieces(start)).write()
    while options := draft.options(grammar):
        option = options[int(rng.random() * len(options))]
        draft = draft.take(option, math.log(len(options)))
    return draft.story()


class Fault(ValueError):
    """Where a text leaves the grammar: `at` is the character's index."""

    def __init__(self, at: int, words: str):
        super().__init__(f"at character {at}: {words}")
        self.at = at


def read(text: str, grammar: Grammar = GRAMMAR, start: str = "{STORY}") -> Story:
    """Find the choices that wrote a text: the inverse of `tell`.

    Several drafts agree with the text only while their templates begin alike.

    Raises:
        Fault: the text leaves the grammar. It says where, what stands there, and what
            could; it is a ValueError.
    """
    drafts, failed = [Draft(pieces(start)).write()], []
    while drafts:
        for draft in drafts:
            if not draft.todo and draft.text == text:
                return draft.story()
        drafts = [
            longer for draft in drafts for longer in _grow(draft, text, grammar, failed)
        ]
    raise _fault(text, failed)


def good_part(text: str) -> int:
    """How many characters of a text the grammar reads before the first fault."""
    try:
        return len(read(text).text)
    except Fault as fault:
        return fault.at


def _grow(
    draft: Draft, text: str, grammar: Grammar, failed: list[str]
) -> Iterator[Draft]:
    """The drafts one choice on that agree with the text; the others go to `failed`."""
    options = draft.options(grammar)
    if not options:
        failed.append(draft.text)
    for option in options:
        begin = opening(draft.todo[0], option)
        if not text.startswith(begin, len(draft.text)):
            failed.append(draft.text + begin)
            continue
        longer = draft.take(option, math.log(len(options)))
        if text.startswith(longer.text):
            yield longer
        else:
            failed.append(longer.text)


def _fault(text: str, failed: list[str], width: int = 20, most: int = 6) -> Fault:
    """Where the draft that went furthest left the text, and how it would go on."""
    at = max(_agreement(text, other) for other in failed)
    rivals = [other for other in failed if other.startswith(text[:at])]
    wanted = sorted({_excerpt(other, at, width) for other in rivals})
    if len(wanted) > most:
        wanted[most:] = [f"{len(wanted) - most} more"]
    found = _excerpt(text, at, width)
    return Fault(at, f"found {found}, expected {' or '.join(wanted)}")


def _agreement(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _excerpt(text: str, at: int, width: int) -> str:
    return repr(text[at : at + width]) if at < len(text) else "the end"


def entropy(grammar: Grammar = GRAMMAR, start: str = "{STORY}") -> tuple[float, float]:
    """Expected nats and expected characters of a story, both exact.

    A word's chance is the same for every word of its list, without replacement too, so
    by linearity a slot adds its list's mean length wherever it stands.
    """

    @cache
    def expect(todo: tuple[str, ...], known: frozenset[str]) -> tuple[float, float]:
        if not todo:
            return 0.0, 0.0
        head, rest = todo[0], todo[1:]
        if slot(head) is None:
            nats, chars = expect(rest, known)
            return nats, chars + len(head)
        form, symbol = slot(head)
        options = grammar[symbol]
        if symbol.isupper():
            futures = [expect(pieces(option) + rest, known) for option in options]
            nats, chars = map(mean, zip(*futures, strict=True))
            return nats + math.log(len(options)), chars
        nats, chars = expect(rest, known | {symbol})
        if symbol not in known:
            taken = sum(grammar[role] == options for role in known)
            nats += math.log(len(options) - taken)
        return nats, chars + mean(len(FORMS[form](word)) for word in options)

    return expect(pieces(start), frozenset())


def corpus(seed: int, n: int) -> Corpus:
    """The n stories that a seed tells. Raises ValueError unless n is a positive int."""
    if not isinstance(n, int) or n < 1:
        raise ValueError(f"n must be a positive whole number of stories, got {n!r}")
    rng = random.Random(seed)
    stories = tuple(tell(rng) for _ in range(n))
    return Corpus("\n" + "\n".join(s.text for s in stories) + "\n", stories)
