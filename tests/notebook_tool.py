"""Run the notebooks and save them in one normal form: two runs give the same bytes.

    python tests/notebook_tool.py [paths]          format, run, normalise, save
    python tests/notebook_tool.py --check [paths]  only report what is not so saved

Without paths: every notebook of the course. The exit status is 1 if anything is wrong.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from lessons import course
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, DeadKernelError
from nbformat import NotebookNode

REMEDY = "run `make notebooks`"
KERNEL = {"name": "python3", "language": "python"}
KERNEL["display_name"] = "Python 3 (ipykernel)"
WIDGET = "application/vnd.jupyter.widget-view+json"
CELL_SECONDS, MAX_CHARACTERS, MAX_BYTES = 300, 20_000, 2_000_000

# What nbformat and the editors call a new cell: 8 hexadecimal digits, or a uuid.
RANDOM_ID = re.compile(r"[0-9a-f]{8}((-?[0-9a-f]{4}){3}-?[0-9a-f]{12})?")
# The folders that a traceback names before a file that has the same name everywhere.
FOLDERS = re.compile(
    r"(~|[A-Z]:)?[/\\]([^\s\x1b]*[/\\])?(?=(gptlib|site-packages|python3\.\d+)[/\\])"
)
MACHINE = re.compile(
    r"/(?:home|root|work|Users)/|\bC:\\+[A-Z]|\bat 0x\w{6,}|\b0x7f\w{6,}"
)


def clean_run_faults(nb: NotebookNode) -> Iterator[str]:
    """What shows that a notebook was not saved from one clean run, top to bottom."""
    last = 0
    for index, cell in enumerate(nb.cells):
        if cell.cell_type == "code":
            yield from (f"{where(index, cell)}: {it}" for it in cell_faults(cell, last))
            last = (cell.source.strip() and cell.execution_count) or last


def cell_faults(cell: NotebookNode, last: int) -> Iterator[str]:
    """The same for one code cell, where `last` is the count of the cell before."""
    announced = "raises-exception" in cell.metadata.get("tags", [])
    errors = [output for output in cell.outputs if output.output_type == "error"]
    if cell.source.strip() and cell.execution_count is None:
        yield "it was never run"
    elif cell.source.strip() and cell.execution_count != last + 1:
        yield f"it was run as [{cell.execution_count}], after [{last}]"
    if announced and not errors:
        yield "it is tagged raises-exception, but no error is saved"
    if errors and not announced:
        yield f"it raised {errors[0].ename}: {errors[0].evalue}"
    for output in cell.outputs:
        if output.get("name") == "stderr":
            yield f"it wrote to stderr: {output.text[:60]!r}"


def litter(nb: NotebookNode) -> Iterator[str]:
    """Paths and addresses of the author's machine, and outputs too long to read."""
    for index, cell in enumerate(nb.cells):
        outputs = [text_of(output) for output in cell.get("outputs", [])]
        for found in sorted(set(MACHINE.findall("\n".join([cell.source, *outputs])))):
            yield f"{where(index, cell)}: holds a path or an address, {found!r}"
        if any(len(output) > MAX_CHARACTERS for output in outputs):
            yield f"{where(index, cell)}: more than {MAX_CHARACTERS:,} characters"


def text_of(output: NotebookNode) -> str:
    """All that an output says, whatever its kind; pictures say nothing."""
    data = output.get("data", {}).items()
    return str({**output, "data": [v for k, v in data if not k.startswith("image/")]})


def where(index: int, cell: NotebookNode) -> str:
    """Name a cell by its place in `nb.cells` and by its id."""
    return f"cell {index} ({cell.get('id', 'no id')})"


def normal_form(nb: NotebookNode) -> str:
    """The one text in which this notebook is saved; changes `nb` on the way."""
    nb.nbformat_minor = 5
    nb.metadata.pop("widgets", None)  # GitHub calls a notebook with it invalid
    nb.metadata.update(kernelspec=KERNEL, language_info={"name": "python"})
    name_cells(nb.cells)
    for cell in nb.cells:
        cell.metadata.pop("execution", None)  # JupyterLab's times of day
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET, None)  # dies with its kernel
            if "traceback" in output:
                output.traceback = [FOLDERS.sub("", line) for line in output.traceback]
    return nbformat.writes(nb) + "\n"


def name_cells(cells: list[NotebookNode]) -> None:
    """Give every cell an id of its own; an id that a person chose stays."""
    taken = set()
    for cell in cells:
        wanted = cell.get("id", "")
        if not wanted or RANDOM_ID.fullmatch(wanted):
            wanted = slug(cell.source)
        cell.id, copies = wanted, 1
        while cell.id in taken:
            copies += 1
            cell.id = f"{wanted[:60]}-{copies}"
        taken.add(cell.id)


def slug(source: str) -> str:
    """The first words of the first heading or comment, or else of the cell."""
    heading = re.search(r"^#+ (.*\w.*)", source, re.MULTILINE)
    words = re.findall(r"[a-z0-9]+", (heading[1] if heading else source).lower())
    return "-".join(words[:5])[:50].strip("-") or "cell"


def formatted(text: str, path: Path) -> str:
    """The notebook as `ruff format` writes it, or as it is where ruff is missing."""
    if not find_spec("ruff"):
        return text
    command = [sys.executable, "-m", "ruff", "format", "-", "--stdin-filename", path]
    done = subprocess.run(command, input=text, capture_output=True, encoding="utf-8")
    if done.returncode:
        raise ValueError(f"ruff format: {done.stderr.strip()}")
    return done.stdout


def execute(nb: NotebookNode, folder: Path) -> None:
    """Run all cells in `folder` with this Python; a ValueError names one that fails."""
    # No kernel folders: "python3" is then this Python, whatever else is installed.
    specs = KernelSpecManager(kernel_dirs=[])
    client = NotebookClient(
        nb,
        km=AsyncKernelManager(kernel_name="python3", kernel_spec_manager=specs),
        extra_arguments=["--log-level=ERROR"],  # it warns of TCP on every start
        resources={"metadata": {"path": str(folder)}},
        timeout=CELL_SECONDS,
        record_timing=False,
        coalesce_streams=True,
    )
    with client.setup_kernel(cleanup_kc=True):
        for index, cell in enumerate(nb.cells):
            try:
                client.execute_cell(cell, index)
            except (CellControlSignal, DeadKernelError) as error:
                raise ValueError(f"{where(index, cell)}: {error}") from error


def rebuild(path: Path) -> None:
    """Format, run and normalise one notebook; saved only if every cell ran."""
    saved = path.read_text(encoding="utf-8")
    nb = nbformat.reads(formatted(saved, path), as_version=4)
    execute(nb, path.parent)
    if (text := normal_form(nb)) != saved:
        draft = path.with_suffix(".ipynb.tmp")
        draft.write_text(text, encoding="utf-8", newline="\n")
        os.replace(draft, path)


def check(path: Path) -> list[str]:
    """Everything that is wrong with one saved notebook."""
    saved = path.read_text(encoding="utf-8")
    nb = nbformat.reads(saved, as_version=4)
    faults = [*clean_run_faults(nb), *litter(nb)]
    if len(saved.encode()) > MAX_BYTES:
        faults.append(f"the file holds more than {MAX_BYTES:,} bytes")
    if normal_form(nb) != saved:
        faults.append(f"it is not in the saved normal form; {REMEDY}")
    return faults


def find_notebooks(paths: list[Path]) -> list[Path]:
    """The notebooks that are meant: files as given, folders searched."""
    inside = [p.rglob("*.ipynb") if p.is_dir() else [p] for p in paths]
    found = sorted(file for files in inside for file in files)
    return [file for file in found if ".ipynb_checkpoints" not in file.parts]


def visit(path: Path, only_check: bool) -> bool:
    """Rebuild one notebook, or only check it; print what is wrong, return if so."""
    start = time.perf_counter()
    try:
        if not only_check:
            rebuild(path)
        faults = check(path)
    except ValueError as error:
        faults = [str(error)]
    print(f"{time.perf_counter() - start:6.1f} s  {path}", *faults, sep="\n    ")
    return bool(faults)


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="run nothing, only report")
    parser.add_argument("paths", nargs="*", type=Path, default=course())
    options = parser.parse_args(arguments)
    notebooks = find_notebooks(options.paths)
    if not notebooks:
        parser.error("no notebook found")
    return int(any([visit(path, options.check) for path in notebooks]))


if __name__ == "__main__":
    sys.exit(main())
