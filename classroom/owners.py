"""Whose a sheet is: by its stamp, by the school's system, by a name of a file."""

import re
from collections import defaultdict

from classroom.found import Refused, is_zip
from classroom.layouts import COPIED, Place, stem
from classroom.names import folded, safe, shown, squashed
from classroom.store import ClassFolder


class Owners:
    """The students of a class, found by what a sheet and its place say.

    Args:
        folder: the class.
        sheets: names of the files of its sheets, without the ending.
    """

    def __init__(self, folder: ClassFolder, sheets: list[str]):
        students = folder.students()
        self.sheets = {folded(name) for name in sheets}
        self.names = {it.id: it.name for it in students}
        self.keys = {folder.key(it.id): it.id for it in students}
        self.ids = {folded(it.id): it.id for it in students}
        self.folders = {folded(safe(it.id)): it.id for it in students} | self.ids
        self.called: dict[str, set[str]] = defaultdict(set)
        for it in students:
            for name in _orders(it.name):
                self.called[name].add(it.id)

    def owner(
        self, stamp: dict[str, str], place: Place, parts: tuple[str, ...]
    ) -> tuple[str, list[str]]:
        """The id of the student whose sheet this is, and what is odd about it.

        Raises:
            Refused: nobody is known by it, several are, or stamp and place disagree.
        """
        signed, notes = self._signed(stamp)
        placed = self._placed(place, parts)
        if signed and placed and signed not in placed:
            others = " or ".join(self.told(it) for it in sorted(placed))
            raise Refused(
                f"its stamp is that of {self.told(signed)}, and its place that of "
                f"{others}: whose is it?"
            )
        if signed:
            return signed, notes
        if len(placed) > 1:
            several = " or ".join(self.told(it) for it in sorted(placed))
            raise Refused(f"it has no stamp, and it may be that of {several}")
        if not placed:
            why = notes[0] if notes else "it has no stamp"
            raise Refused(
                f"nobody in the class is known by it: {why}, and {_said_by(place)} is "
                "no name or id of the roster"
            )
        return placed.pop(), notes or ["it has no stamp"]

    def told(self, student: str) -> str:
        """A student as a person calls one: the name with the id."""
        return f"{shown(self.names[student])} ({shown(student)})"

    def _signed(self, stamp: dict[str, str]) -> tuple[str, list[str]]:
        """Whose the stamp is, or ""; what is odd about it."""
        key = stamp["key"] or stamp["typed"]
        signed = self.keys.get(key, "")
        if stamp["key"] and not signed:
            return "", [
                f"the key of its stamp is none of this class: {shown(key)[:80]}"
            ]
        if not signed:
            return "", []
        notes = []
        if stamp["student"] and stamp["student"] != signed:
            said = shown(stamp["student"])[:80]
            notes.append(f"its stamp names {said} with the key of {self.told(signed)}")
        if stamp["key"] and stamp["typed"] not in ("", key):
            notes.append("its line student = was changed, so its sizes were others")
        if not stamp["key"]:
            notes.append("its stamp is gone, and its line student = is known")
        return signed, notes

    def in_own_place(self, place: Place, parts: tuple[str, ...]) -> bool:
        """Whether a student's own folder or zip is around what says whose it is.

        Dates and names in there are the student's own too.
        """
        end = place.depth if place.system else len(parts) - 1
        return any(map(self._named, parts[:end]))

    def _named(self, part: str) -> set[str]:
        """Who has this name, of a folder or a zip, with or without more behind it."""
        zipped = is_zip(part)
        text = stem(part) if zipped else COPIED.sub("", part)
        if found := self._loose(text):
            return found
        known = self.folders.items() if zipped else ()
        names = [*known, *((folded(name), it) for it, name in self.names.items())]
        begin = (who for name, who in names if _begins(folded(text), name))
        return set(begin)

    def _placed(self, place: Place, parts: tuple[str, ...]) -> set[str]:
        """Whose it may be by its place: nobody, one, or several."""
        # What is further inside, as in a zip of their own, a student has named.
        for part in parts[: place.depth if place.system else -1]:
            if found := self._named(part):
                return found
        if place.system:
            by_id = {self.ids[folded(it)] for it in place.ids if folded(it) in self.ids}
            by_name = self.called.get(squashed(place.name), set())
            return by_id & by_name or by_name or by_id
        return self._loose(parts[-1].rpartition(".")[0])

    def _loose(self, text: str) -> set[str]:
        """Who has this id or name, alone or with the name of a sheet behind it."""
        tries = [text]
        for cut in re.finditer(r"[_ -]", text):
            rest = folded(text[cut.end() :])
            if any(rest.startswith(sheet) for sheet in self.sheets):
                tries.append(text[: cut.start()])
        for it in tries:
            if folded(it) in self.folders:
                return {self.folders[folded(it)]}
            if found := self.called.get(squashed(it)):
                return found
        return set()


def _begins(text: str, name: str) -> bool:
    """Whether a text is a name with something behind it."""
    rest = text.removeprefix(name)
    return bool(name) and rest != text and not (rest + "x")[0].isalnum()


def _orders(name: str) -> set[str]:
    """A name as systems write it: with any number of its last words in front."""
    words = name.replace(",", " ").split()
    turned = (words[at:] + words[:at] for at in range(len(words)))
    return {squashed(" ".join(it)) for it in turned} - {""}


def _said_by(place: Place) -> str:
    said = [*([place.name] if place.name else []), *place.ids[:1]]
    return " or ".join(f"{shown(it)[:80]!r}" for it in said) or "no part of its name"
