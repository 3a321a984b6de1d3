"""From the bytes that came in to the notebook that is graded."""

import json
import re
from typing import Any

import nbformat
from nbformat import NotebookNode, v4

from classroom.found import MB, Refused
from classroom.names import shown, sound
from gptlib.lab.merge import unified, with_ids
from gptlib.lab.pages import knows

NESTS = 10_000_000  # brackets and commas of a notebook, which become objects in memory
CELLS = 1_000
TEXT = 5 * MB  # characters in all cells of a sheet
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
KINDS = ("code", "markdown", "raw")
NOW = f"{v4.nbformat}.{v4.nbformat_minor}"
KEPT = ("gptlib", "classroom")  # metadata of the page


def taken(data: bytes) -> tuple[NotebookNode, list[str]]:
    """The notebook in these bytes, of format 4, and what was mended, a line each.

    Outputs, widgets and other metadata are dropped, and each cell has an id of its own.
    The text of the cells is as it was handed in.

    Raises:
        Refused: there is no notebook in them, or one that nobody here can read.
    """
    notes: list[str] = []
    try:
        value = _loaded(data, notes)
        raw = _of_format_4(value, notes)
        nb = _clean(raw)
        _give_ids(nb, notes)
    except RecursionError:
        raise Refused("it is nested too deeply for a notebook") from None
    try:
        nbformat.validate(nb)
    except nbformat.ValidationError as error:
        raise Refused(f"it is no notebook: {shown(error)}") from None
    return nb, notes


def _loaded(data: bytes, notes: list[str]) -> Any:
    if not data.strip():
        raise Refused("it is empty")
    if sum(data.count(mark) for mark in (b"[", b"{", b",")) > NESTS:
        raise Refused(f"it holds more than {NESTS:,} values: no sheet needs so many")
    encoding = json.detect_encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Refused(f"it is not UTF-8: byte {error.start} is wrong") from None
    if "utf-8" not in encoding:
        notes.append(f"it was {encoding} and is read as such")
    strange: list[str] = []
    try:
        value = json.loads(text, parse_constant=strange.append)  # which returns None
    except ValueError as error:
        raise Refused(f"it is not JSON: {shown(error)}") from None
    if strange:
        notes.append(f"{strange[0]}, which JSON does not have, is taken for nothing")
    return value


def _of_format_4(value: Any, notes: list[str]) -> dict:
    """The same as format 4 has it; older ones are brought up to it."""
    if not isinstance(value, dict) or type(value.get("nbformat")) is not int:
        raise Refused("it is JSON, but no notebook")
    major, minor = value["nbformat"], value.get("nbformat_minor")
    if major > 4:
        raise Refused(f"it is of format {major}: save it in format 4")
    if major == 4:
        if minor != v4.nbformat_minor:
            notes.append(f"it was of format 4.{shown(minor)}, now {NOW}")
        return value
    try:
        nb = nbformat.convert(nbformat.reader.reads(json.dumps(value)), 4)
    except RecursionError:
        raise
    except Exception as error:  # the library has no error of its own for it
        raise Refused(f"no notebook of format {major}: {shown(error)}") from None
    for cell in nb.cells:
        cell.pop("id", None)  # drawn by chance
    notes.append(f"it was of format {major}, now {NOW}")
    return nb


def _clean(raw: dict) -> NotebookNode:
    cells, about = raw.get("cells"), raw.get("metadata")
    if not isinstance(cells, list) or not all(isinstance(it, dict) for it in cells):
        raise Refused("it has no list of cells")
    if len(cells) > CELLS:
        raise Refused(f"it has {len(cells):,} cells, more than {CELLS:,}")
    about = about if isinstance(about, dict) else {}
    nb = nbformat.from_dict({"nbformat": v4.nbformat, "metadata": {}})
    nb.nbformat_minor = v4.nbformat_minor
    nb.cells = [_cell(number, it) for number, it in enumerate(cells, start=1)]
    length = sum(len(cell.source) for cell in nb.cells)
    if length > TEXT:
        raise Refused(f"its cells hold {length / MB:.0f} MB of text")
    for name in KEPT:
        if isinstance(about.get(name), dict):
            nb.metadata[name] = _plain(about[name])
    return nb


def _cell(number: int, raw: dict) -> NotebookNode:
    kind, source = raw.get("cell_type"), raw.get("source")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if kind not in KINDS or not isinstance(source, str):
        raise Refused(f"its cell {number} is none that a notebook has")
    made = {"cell_type": kind, "metadata": {}, "source": unified(sound(source))}
    if kind == "code":
        made |= {"outputs": [], "execution_count": None}
    if isinstance(raw.get("id"), str) and ID.fullmatch(raw["id"]):
        made["id"] = raw["id"]
    about = raw.get("metadata")
    tags = about.get("tags") if isinstance(about, dict) else None
    if isinstance(tags, list) and all(isinstance(it, str) for it in tags):
        tags = [sound(tag) for tag in tags if tag and "," not in tag]
        made["metadata"]["tags"] = list(dict.fromkeys(tags))
    return nbformat.from_dict(made)


def _plain(about: dict) -> NotebookNode:
    """Texts, lists of texts and texts by name; anything else has no business there."""
    made = {}
    for name, it in about.items():
        if isinstance(it, str):
            made[sound(name)] = sound(it)
        elif isinstance(it, list) and all(isinstance(word, str) for word in it):
            made[sound(name)] = [sound(word) for word in it]
        elif isinstance(it, dict) and all(isinstance(w, str) for w in it.values()):
            made[sound(name)] = {sound(key): sound(word) for key, word in it.items()}
    return nbformat.from_dict(made)


def _give_ids(nb: NotebookNode, notes: list[str]) -> None:
    """Give each cell an id of its own: that of the course's cell with its text, or new.

    The first of several with one id keeps it.
    """
    if knows(nb.metadata.get("gptlib")):
        nb.cells = with_ids(nb).cells
    stand: set[str] = set()
    new = 0
    for number, cell in enumerate(nb.cells, start=1):
        name, count = cell.get("id", ""), 1
        wanted = name = name if ID.fullmatch(name) else f"cell-{number}"
        while name in stand:
            count += 1
            name = f"{wanted[:50]}-again-{count}"
        new += name != cell.get("id")
        stand.add(name)
        cell["id"] = name
    if new:
        notes.append(f"{new} cells had no id of their own")
