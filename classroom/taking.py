"""One file after the other that came in: whose it is, and which sheet."""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from nbformat import NotebookNode

from classroom.attempts import Attempt
from classroom.found import FIRST, Found, Refused
from classroom.intake import taken
from classroom.keeping import BY_HAND, Keeping
from classroom.layouts import Place, place_of, stem, told_time
from classroom.names import folded, shown
from classroom.owners import Owners
from classroom.sheets import stamp_of
from classroom.store import ClassFolder
from gptlib.lab.forms import HOMEWORK, solutions
from gptlib.lab.pages import checkout, homework, read_page, unknown

KEPT = "kept, not graded"
NOTEBOOK = ".ipynb"
PACKED = (".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz")
TOGETHER = timedelta(minutes=5)  # a class does not hand in so quickly; a download does


@dataclass(frozen=True)
class Read:
    """A notebook that came in, and what its place and its stamp say."""

    nb: NotebookNode
    notes: list[str]
    stamp: dict[str, str]
    place: Place


class Taking:
    """Takes in what came back to a class.

    Args:
        folder: the class.
        time: when all of it was handed in, if that is known.
        dry: no file is written.

    Raises:
        ValueError: no sheet was given out yet.
    """

    def __init__(self, folder: ClassFolder, time: datetime | None, dry: bool):
        self.folder, self.time, self.keeping = folder, time, Keeping(folder, dry)
        rows = folder.db.execute("select name, course from sheets")
        self.courses = {row["name"]: row["course"] for row in rows}
        if not self.courses:
            raise ValueError(f"{folder.path} has no sheet yet: release some first")
        pages = [it for it in homework(checkout()) if it.name in self.courses]
        self.pages = {it.name: it for it in pages}
        self.files = {folded(it.course.stem): it.name for it in pages}
        self.files |= {folded(it.bare): it.name for it in pages}
        self.owners = Owners(folder, list(self.files))
        self.counts: Counter[str] = Counter()
        self.told: dict[tuple[str, ...], datetime] = {}  # by folder, timestamp.txt
        # Of late attempts, by what was given and by student; only the dates of files.
        self.late_dates: dict[Path, dict[str, datetime]] = defaultdict(dict)

    def student(self, name: str) -> str:
        """The id as the class writes it.

        Raises:
            ValueError: nobody has it; the message has those most like it.
        """
        if folded(name) not in self.owners.ids:
            raise ValueError(unknown("student", shown(name), list(self.owners.names)))
        return self.owners.ids[folded(name)]

    def take(self, source: Path, found: Found, student: str = "") -> str:
        """Take a file in or refuse it; the line to print, or "" where nothing is odd.

        Args:
            source: what was given to collect.
            student: whose it is, if a teacher said so.

        Raises:
            OSError: it could not be written; nothing of it is in the books then.
        """
        try:
            if found.why:
                raise Refused(found.why)
            if found.parts[-1] == FIRST and (time := told_time(found.data)):
                self.told[found.parts[:-1]] = time
                return ""
            if not found.parts[-1].lower().endswith((NOTEBOOK, *PACKED)):
                return self._refuse(source, found, "it is no notebook", KEPT)
            read = _read(found)
            sheet = self._sheet(read)
            if not student:
                student, odd = self.owners.owner(read.stamp, read.place, found.parts)
                read.notes.extend(odd)
            else:
                read.notes.insert(0, BY_HAND)
        except Refused as why:
            return self._refuse(source, found, str(why), "refused")
        time, late = self._time(found, read.place)
        new = Attempt(student, sheet, time, found.digest, said_late=late)
        return self._enter(source, found, read, new)

    def warnings(self) -> list[str]:
        """A line for each zip or folder in which all that is late has one date."""
        lines = []
        for source, dates in self.late_dates.items():
            if len(dates) > 2 and max(dates.values()) - min(dates.values()) < TOGETHER:
                lines.append(
                    f"{len(dates)} late ones in {shown(source)} have dates within "
                    f"{TOGETHER.seconds // 60} minutes: are they the download's? "
                    "Then say when they were handed in, with --handed-in"
                )
        return lines

    def _sheet(self, read: Read) -> str:
        """The name of the sheet that a notebook is, by what it knows or by its file."""
        about = read.nb.metadata.get("gptlib", {})
        name = read.stamp["sheet"] or about.get("lesson")
        if not isinstance(name, str) or not name:
            name = self.files.get(folded(stem(read.place.file)), "")
            name = name or self._by_exercises(read.nb)
            read.notes.append("it does not say which sheet it is, but is known")
        if name in self.courses:
            return name
        given_out = ", ".join(self.courses)
        if not name:
            raise Refused(f"it does not say which sheet it is: known are {given_out}")
        kind = "the sheet" if name.startswith(HOMEWORK) else "the lesson"
        raise Refused(
            f"it is {kind} {shown(name)[:80]}, and the class has only {given_out}"
        )

    def _by_exercises(self, nb: NotebookNode) -> str:
        """The sheet of whose exercises a notebook checks most, and half at least."""
        text = "\n".join(cell.source for cell in nb.cells)
        exercises = {
            name: solutions(read_page(page.course)) for name, page in self.pages.items()
        }
        shares = {
            sheet: sum(f'check("{slug}"' in text for slug in slugs) / len(slugs)
            for sheet, slugs in exercises.items()
            if slugs
        }
        best = max(shares, key=shares.get, default="")
        return best if best and shares[best] >= 0.5 else ""

    def _enter(self, source: Path, found: Found, read: Read, new: Attempt) -> str:
        notes = read.notes
        course = read.stamp["course"]
        if course and course != self.courses[new.sheet]:
            notes.append(
                f"it is of another version of the course: {shown(course)[:80]}"
            )
        by_hand = notes[:1] == [BY_HAND]
        new = replace(new, note="; ".join(notes))
        row = self.keeping.attempt(new, found, read.nb, by_hand, bool(self.time))
        if row is None:
            self.counts["known already"] += 1
            return ""
        self.counts["taken in"] += 1
        self.counts["late"] += row["late"]
        if row["late"] and new.said_late is None and new.handed_in == found.time:
            self.late_dates[source][new.student] = new.handed_in
        more = [f"attempt {row['number']}", *["late"] * row["late"], *notes]
        return f"taken: {self.owners.told(new.student)}, {new.sheet}, {'; '.join(more)}"

    def _refuse(self, source: Path, found: Found, why: str, word: str) -> str:
        if self.keeping.was_assigned(found):
            self.counts["known already"] += 1
            return ""
        self.counts[word] += 1
        kept = self.keeping.refused(source, found, why)
        at = f" ({kept})" if kept else ""
        return f"{word}: {shown(found.place)}: {shown(why)}{at}"

    def _time(self, found: Found, place: Place) -> tuple[datetime, bool | None]:
        """When it was handed in, as far as anything says it; what is said of late."""
        if self.time:
            return self.time, None
        own = self.owners.in_own_place(place, found.parts)
        if own or (found.came and not place.system):
            return found.came or found.time, None
        time = place.time
        if place.system == "nbgrader":  # elsewhere the student may have written one
            time = self.told.get(found.parts[:-1])
        return time or found.time, place.late


def _read(found: Found) -> Read:
    """The notebook in a file.

    Raises:
        Refused: there is none, or it cannot be read.
    """
    if not found.parts[-1].lower().endswith(NOTEBOOK):
        raise Refused("only .zip is opened: unpack it, and collect the folder")
    nb, notes = taken(found.data)
    return Read(nb, notes, stamp_of(nb), place_of(found.parts))
