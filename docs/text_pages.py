"""The pages that are made of other pages: home, install, homework, further reading."""

import re
from collections.abc import Iterator

import nbformat
from lessons import lessons
from reference_pages import title
from site_pages import TEXTS, page_name, sheets, text

TOCTREE = "```{{toctree}}\n:hidden:\n:maxdepth: 1\n:caption: {}\n\n{}\n```\n"
READING = re.compile(r"^Further reading: (.*)$", re.MULTILINE)
BESIDE = ("words", "questions", "jupyter", "further_reading")
PRINT = (
    '<a href="print.html">The whole site as one page</a>, to print or to keep: what is '
    "folded up opens when it is printed.\n"
)


def readme() -> dict[str, str]:
    """The README's parts by their headings; the first one is called ""."""
    source = text("README.md")
    titles = ["", *re.findall(r"^## (.*)$", source, re.MULTILINE)]
    return dict(
        zip(titles, re.split(r"^## .*\n", source, flags=re.MULTILINE), strict=True)
    )


def home() -> str:
    """The first page: the README's picture, promise, commands and map."""
    parts = readme()
    kept = ("The course", "Homework", "What is special here")
    body = "".join(f"## {name}\n{parts[name]}" for name in kept)
    return f"{parts['']}{body}## On paper\n\n{PRINT}\n{contents()}"


def contents() -> str:
    """What the side lists."""
    groups = {
        "Lessons": [path.stem for path in lessons()],
        "To watch": ["story", "tiles"],
        "Homework": [page_name(path).removesuffix(".ipynb") for path in sheets()],
        "Beside the lessons": BESIDE,
        "The course": [
            "install",
            "elsewhere",
            "numbers",
            "data",
            "gptlib",
            "new_torch",
        ],
        "For teachers": ["teachers", "making_lessons"],
    }
    return "\n".join(TOCTREE.format(it, "\n".join(groups[it])) for it in groups)


def install() -> str:
    """How the course is opened, and what its commands are."""
    parts = readme()
    names = ("Your workbook", "Without make", "The code", "Train and write")
    body = "".join(f"## {name}\n{parts[name]}" for name in names)
    return f"# Workbook and commands\n\n{body}"


def further_reading() -> str:
    """What each lesson names at its end."""
    lines = "\n\n".join(
        f"**[{name}]({file})** {found}" for name, file, found in reading()
    )
    return f"# Further reading\n\nWhat the lessons name at their ends.\n\n{lines}\n"


def reading() -> Iterator[tuple[str, str, str]]:
    """Each lesson that names something: its heading, its file, what it names."""
    for path in lessons():
        cells = nbformat.read(path, as_version=4).cells
        for found in READING.findall("\n".join(cell.source for cell in cells)):
            yield title(path), path.name, found


def texts() -> dict[str, str]:
    """All of these, and the texts that are a page as they are."""
    plain = {page: text(file) for file, page in TEXTS.items() if file != "README.md"}
    return plain | {
        "index.md": home(),
        "install.md": install(),
        "further_reading.md": further_reading(),
    }


def listed(names: list[str]) -> str:
    """A first page for some lessons only."""
    toctree = TOCTREE.replace(":hidden:\n", "").format("Lessons", "\n".join(names))
    return f"# GPT-2 by hand\n\n{toctree}"
