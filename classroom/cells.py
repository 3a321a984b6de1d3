"""A cell's text as the Python that IPython makes of it."""

import re

from IPython.core.inputtransformer2 import TransformerManager

MOST = 20  # magics of a cell; IPython goes through all of it again for each
# Lines that IPython may take for more than Python.
SPECIAL = re.compile(r"^[ \t]*[%!?,;/]|[!%][^\n]*=|=[ \t]*[!%]|\?[ \t]*$", re.MULTILINE)


def as_python(source: str) -> str:
    """The cell without empty lines before it, and with its magics as calls.

    Raises:
        SyntaxError: IPython cannot read it.
        ValueError: it has too many magics to be looked at.
    """
    if len(SPECIAL.findall(source)) > MOST:
        raise ValueError(f"more than {MOST} magics in a cell")
    try:
        return TransformerManager().transform_cell(source)
    except RuntimeError as error:
        raise ValueError(str(error)) from None
