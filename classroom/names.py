"""Names as people write them: compared, made into names of files, and printed."""

import hashlib
import re
import unicodedata

RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
LONGEST = 60  # characters of a file's name that come from a name


def folded(text: str) -> str:
    """The same for all ways to write a text: upper or lower case, accents, widths."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def squashed(text: str) -> str:
    """Only the letters and digits of a name: "O'Brien, Zoë" is "obrienzoë"."""
    kept = (c for c in folded(text) if unicodedata.category(c)[0] in "LNM")
    return "".join(kept)


def safe(name: str) -> str:
    """A name for a file or a folder, on every system; other names get other ones.

    A name that is safe stays as it is. Another one has 8 hexadecimal digits behind it
    that follow from it.
    """
    text = re.sub(r"[^\w.@+=,-]", "_", name)
    text = text[:LONGEST].lstrip(".").rstrip(". ")
    if text == name and not RESERVED.fullmatch(name):
        return name
    digits = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{text or 'student'}-{digits}"


def shown(text: object) -> str:
    """A text in one line that a terminal shows as it is, whatever stands in it."""
    kept = (c if c.isprintable() else ascii(c)[1:-1] for c in str(text))
    return "".join(kept)


def sound(text: str) -> str:
    """The text without half characters, which no file can hold; each becomes a "?"."""
    return text.encode("utf-8", "replace").decode()
