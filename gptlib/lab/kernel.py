"""Running cells in a fresh kernel, each whether or not the one before failed."""

import asyncio
import logging
import os
import re
from pathlib import Path

from nbformat import NotebookNode, from_dict

try:
    from jupyter_client import AsyncKernelManager
    from jupyter_client.kernelspec import KernelSpecManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
except ImportError as error:
    raise ImportError(
        "gptlib.lab runs notebooks with nbclient: pip install '.[course]' in a "
        "checkout of the course"
    ) from error

CELL_SECONDS = 300
CELL_BYTES = 10_000_000  # of output
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
LINE = re.compile(r"Cell In\[\d+\], line (\d+)")
# What IPython adds to the message of a SyntaxError.
SYNTAX = re.compile(r" \([^()]*, line (\d+)\)$")
LONGEST = 200


def code_cell(name: str, source: str, *tags: str) -> NotebookNode:
    """A cell to run; its name need not be one that a notebook file may have."""
    cell = {"cell_type": "code", "id": name, "source": source, "outputs": []}
    return from_dict(cell | {"metadata": {"tags": list(tags)}})


class Client(NotebookClient):
    """A client that interrupts a cell that writes more than CELL_BYTES."""

    written = 0

    def process_message(
        self, msg: dict, cell: NotebookNode, cell_index: int
    ) -> NotebookNode | None:
        """Take what the kernel says, and nothing more of what is too much."""
        is_output = msg["msg_type"] in ("stream", "display_data", "update_display_data")
        before, self.written = self.written, self.written + is_output * _size(msg)
        if self.written <= CELL_BYTES or not is_output:
            return super().process_message(msg, cell, cell_index)
        if before <= CELL_BYTES:
            self.interrupting = asyncio.ensure_future(self.km.interrupt_kernel())
        return None

    def handle_comm_msg(
        self, outs: list[NotebookNode], msg: dict, cell_index: int
    ) -> None:
        """Answer no widget, as a browser would: nobody looks at one here.

        An answer goes out behind the back of whoever waits for the kernel's reply, and
        if the kernel is slow, the reply is then never noticed (nbclient 0.11).
        """


def _size(message: dict) -> int:
    return len(repr(message["content"]))


def run_cells(cells: list[NotebookNode], folder: Path) -> str | None:
    """Run code cells in a folder, which gives them outputs.

    The rest is returned unrun, with the reason why, if a cell does not end, writes
    without end, or ends the kernel.
    """
    client = _client(cells, folder)
    env = os.environ | {"PYTHONWARNINGS": "ignore"}
    with client.setup_kernel(cleanup_kc=True, env=env):
        for index, cell in enumerate(cells):
            if stopped := _stopped(client, cell, index):
                cell.outputs = []
                return stopped
    return None


def _stopped(client: Client, cell: NotebookNode, index: int) -> str | None:
    """Run one cell; why it had to be stopped, if it had to be."""
    client.written, stopped = 0, None
    try:
        client.execute_cell(cell, index)
    except CellTimeoutError:
        stopped = f"the cell `{cell.id}` did not end within {CELL_SECONDS} s"
    except DeadKernelError:
        stopped = f"Python itself ended in the cell `{cell.id}`"
    if client.written > CELL_BYTES:
        return f"the cell `{cell.id}` wrote more than {CELL_BYTES / 1e6:g} MB"
    return stopped


def _client(cells: list[NotebookNode], folder: Path) -> Client:
    # No kernel folders: "python3" is then this Python, whatever else is installed.
    specs = KernelSpecManager(kernel_dirs=[])
    silent = logging.getLogger("gptlib.lab.kernel")
    silent.disabled = True  # run_cells says what there is to say
    return Client(
        NotebookNode(
            nbformat=4, nbformat_minor=5, metadata=NotebookNode(), cells=cells
        ),
        km=AsyncKernelManager(kernel_name="python3", kernel_spec_manager=specs),
        extra_arguments=["--log-level=ERROR"],  # it warns of TCP on every start
        resources={"metadata": {"path": str(folder)}},
        timeout=CELL_SECONDS,
        allow_errors=True,
        record_timing=False,
        shutdown_kernel="immediate",
        log=silent,
    )


def displayed(cell: NotebookNode) -> str | None:
    """What a cell displayed last, as text."""
    shown = [o for o in cell.outputs if o.output_type == "display_data"]
    return shown[-1].data.get("text/plain") if shown else None


def failure(cell: NotebookNode) -> NotebookNode | None:
    """The error in which a cell ended."""
    return next((o for o in cell.outputs if o.output_type == "error"), None)


def reason(cell: NotebookNode) -> str:
    """The error in which a cell ended, in one line that has its place in the cell."""
    error = failure(cell)
    message = " ".join(COLOURS.sub("", error.evalue).split())
    found = SYNTAX.search(message)
    message = SYNTAX.sub("", message)
    message = message if len(message) <= LONGEST else message[:LONGEST] + " ..."
    found = found or LINE.search(COLOURS.sub("", "\n".join(error.traceback)))
    line = f", line {found[1]}" if found else ""
    return f"{error.ename} in the cell `{cell.id}`{line}: {message}"
