"""Where a student is still named."""

import html
import json
import re
import unicodedata
from pathlib import Path

from classroom.store import Student

# Characters; a shorter id or name stands for other things too, and is not looked for.
SHORT = 4


class Words:
    """What a student is known by, as it may be written in files."""

    def __init__(self, student: Student):
        names = [student.name, student.email, student.id]
        parts = student.name.split()
        names += ["".join(parts), "".join([*parts[-1:], *parts[:-1]])]  # as Canvas does
        plain = [it for it in names if len(it) >= SHORT]
        forms = {f for it in plain for f in _spellings(it)}
        longest = sorted(forms, key=len, reverse=True)
        joined = "|".join(map(re.escape, longest)) or "(?!)"
        # No letter or digit may follow; "_" may, as in "Ada Lovelace_123_file".
        inside = rf"(?<![^\W_])(?:{joined})(?![^\W_])"
        self.text = re.compile(inside, re.IGNORECASE)
        # In class.sqlite one text follows another without a gap.
        self.bytes = re.compile(joined.encode(), re.IGNORECASE)


def _spellings(word: str) -> set[str]:
    """A word in the forms that JSON, HTML and file systems give it."""
    forms = {unicodedata.normalize(form, word) for form in ("NFC", "NFD")} | {word}
    coded = {json.dumps(it)[1:-1] for it in forms}
    return forms | coded | {html.escape(it) for it in forms}


def still_named(root: Path, words: Words) -> list[str]:
    """A line for each file that still names the student: others may have."""
    found = []
    for path in sorted(it for it in root.rglob("*") if it.is_file()):
        inside = words.bytes.search(path.read_bytes())
        if inside or words.text.search(path.name):
            found.append(
                f"still named in {path.relative_to(root)}, which is not theirs"
            )
    return found
