"""A table that a script writes into a text, between two marks."""

from pathlib import Path

END = "<!-- end of table -->"


def parts(path: Path, begin: str) -> tuple[str, str, str]:
    """The text: before the table, the table, after it."""
    before, rest = path.read_text(encoding="utf-8").split(f"{begin}\n")
    inside, after = rest.split(f"\n{END}")
    return before, inside, after


def rewrite(path: Path, begin: str, table: str) -> None:
    """Put a new table in the place of the old one."""
    before, _, after = parts(path, begin)
    text = f"{before}{begin}\n{table}\n{END}{after}"
    path.write_text(text, encoding="utf-8", newline="\n")
