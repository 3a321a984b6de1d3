"""A story of the tales while it is written: choice by choice, each with its cost."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from gptlib.text.grammar import COUNT, GIRLS, Grammar


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
