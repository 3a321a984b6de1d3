"""The pictures of a page as files, which several pages may show."""

import base64
import hashlib
import re
import struct
from pathlib import Path

from nbformat import NotebookNode

INSIDE = re.compile(r'src="data:image/png;base64,([^"]+)"')


def as_files(nb: NotebookNode, folder: Path, address: str) -> None:
    """Write the pictures in a page's html into `folder`, and lead to them there.

    One that several lessons show is one file. Width and height are said, so that the
    text does not jump when a picture comes.
    """

    def replaced(found: re.Match) -> str:
        png = base64.b64decode(found[1])
        name = f"{hashlib.sha256(png).hexdigest()[:12]}.png"
        (folder / name).write_bytes(png)
        width, height = struct.unpack(">II", png[16:24])
        return f'src="{address}/{name}" width="{width}" height="{height}"'

    folder.mkdir(parents=True, exist_ok=True)
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            if markup := output.get("data", {}).get("text/html"):
                output.data["text/html"] = INSIDE.sub(replaced, markup)
