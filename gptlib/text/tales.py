"""The corpus `tales`: short stories by a grammar that knows the chance of each one.

The grammar itself, its words and its sentences, is in `tales_grammar`. Every choice is
uniform, so one of n options costs ln n nats. No story can be written in two ways, hence
its costs sum to minus the logarithm of its probability, and the loss of a perfect
predictor of these stories is known exactly.
"""

import math
import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from statistics import fmean as mean

from gptlib.text.grammar import COUNT, GIRLS, GRAMMAR, Grammar

SEED, STORIES = 0, 4500  # what data/tales.txt holds: about a megabyte


def _pronoun(girl: str, boy: str) -> Callable[[str], str]:
    return lambda name: girl if name in GIRLS else boy


def _article(word: str) -> str:
    return ("an " if word[0] in "aeiou" else "a ") + word


FORMS: Mapping[str, Callable[[str], str]] = {
    "": str,
    "he": _pronoun("she", "he"),
    "He": _pronoun("She", "He"),
    "his": _pronoun("her", "his"),
    "him": _pronoun("her", "him"),
    "a": _article,
    "A": lambda word: _article(word).capitalize(),
    "the": lambda place: place.split(" ", 1)[1],  # "by the pond" -> "the pond"
    "less": lambda number: COUNT[COUNT.index(number) - 1],
    "more": lambda number: COUNT[COUNT.index(number) + 1],
}


@dataclass(frozen=True)
class Choice:
    """One choice in a story: `text[start:end]` is what was first written for it."""

    start: int
    end: int
    nats: float  # ln(number of options)


@dataclass(frozen=True)
class Story:
    """A story and its choices in order of their start, an outer before an inner one."""

    text: str
    choices: tuple[Choice, ...]

    @property
    def nats(self) -> float:
        """Minus the natural logarithm of the story's probability."""
        return math.fsum(choice.nats for choice in self.choices)


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


@cache
def pieces(template: str) -> tuple[str, ...]:
    """Cut a template into text and slots: "My {pet}!" -> ("My ", "{pet}", "!")."""
    return tuple(piece for piece in re.split(r"(\{[^}]*\})", template) if piece)


@cache
def slot(piece: str) -> tuple[str, str] | None:
    """The form and the symbol that a slot asks for; None for literal text.

    "{a pet}" -> ("a", "pet"), "{pet}" -> ("", "pet"), "{his}" -> ("his", "hero").
    """
    if not piece.startswith("{"):
        return None
    form, _, symbol = piece[1:-1].rpartition(" ")
    return (symbol, "hero") if symbol in FORMS else (form, symbol)


@cache
def opening(piece: str, option: str) -> str:
    """What a slot writes first if it takes this option, as far as that is certain."""
    form, symbol = slot(piece)
    if symbol.islower():
        return FORMS[form](option)
    first = pieces(option)[0]
    return "" if slot(first) else first


@dataclass(frozen=True)
class Draft:
    """A story written up to its next choice, and what is still to be written."""

    todo: tuple  # literals, slots, and (start, nats) after the last piece of a choice
    text: str = ""
    memory: Mapping[str, str] = field(default_factory=dict)  # symbol -> word
    choices: tuple[Choice, ...] = ()

    def options(self, grammar: Grammar) -> tuple[str, ...]:
        """What the next choice may be; nothing when the story is finished."""
        if not self.todo:
            return ()
        options = grammar[slot(self.todo[0])[1]]
        taken = [word for role, word in self.memory.items() if grammar[role] == options]
        return tuple(option for option in options if option not in taken)

    def take(self, option: str, nats: float) -> "Draft":
        """The draft that goes on with this option, at this cost."""
        head, *rest = self.todo
        symbol, memory, todo = slot(head)[1], self.memory, pieces(option)
        if symbol.islower():  # once it is remembered, its slot can be written
            memory, todo = {**memory, symbol: option}, (head,)
        todo = (*todo, (len(self.text), nats), *rest)
        return Draft(todo, self.text, memory, self.choices).write()

    def write(self) -> "Draft":
        """Write all that needs no choice: literals, and slots that repeat a word."""
        text, choices = self.text, self.choices
        for done, piece in enumerate(self.todo):
            if isinstance(piece, tuple):
                start, nats = piece
                choices += (Choice(start, len(text), nats),)
            elif slot(piece) is None:
                text += piece
            else:
                form, symbol = slot(piece)
                if symbol not in self.memory:
                    return Draft(self.todo[done:], text, self.memory, choices)
                text += FORMS[form](self.memory[symbol])
        return Draft((), text, self.memory, choices)

    def story(self) -> Story:
        """The finished story."""
        order = sorted(self.choices, key=lambda choice: (choice.start, -choice.end))
        return Story(self.text, tuple(order))


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


def read(text: str, grammar: Grammar = GRAMMAR, start: str = "{STORY}") -> Story:
    """Find the choices that wrote a text: the inverse of `tell`.

    Several drafts agree with the text only while their templates begin alike. Raises
    ValueError if the text leaves the grammar: where, what stands there, what could.
    """
    drafts, failed = [Draft(pieces(start)).write()], []
    while drafts:
        for draft in drafts:
            if not draft.todo and draft.text == text:
                return draft.story()
        drafts = [
            longer for draft in drafts for longer in _grow(draft, text, grammar, failed)
        ]
    raise ValueError(_complaint(text, failed))


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


def _complaint(text: str, failed: list[str], width: int = 20, most: int = 6) -> str:
    """Where the draft that went furthest left the text, and how it would go on."""
    at = max(_agreement(text, other) for other in failed)
    rivals = [other for other in failed if other.startswith(text[:at])]
    wanted = sorted({_excerpt(other, at, width) for other in rivals})
    if len(wanted) > most:
        wanted[most:] = [f"{len(wanted) - most} more"]
    found = _excerpt(text, at, width)
    return f"at character {at}: found {found}, expected {' or '.join(wanted)}"


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
