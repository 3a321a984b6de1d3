"""A cell's text as the Python that IPython makes of it."""

from IPython.core.inputtransformer2 import TransformerManager

MAGICS = 20  # of a cell; IPython goes through all of it again for each
LENGTH = 20_000  # characters of a cell
FIRST = tuple("%!?,;/")  # with which a line begins that may be more than Python


def as_python(source: str) -> str:
    """The cell without empty lines before it, and with its magics as calls.

    Raises:
        SyntaxError: IPython cannot read it.
        ValueError: it is too long, or has too many magics, to be looked at.
    """
    if len(source) > LENGTH:
        raise ValueError(f"a cell of more than {LENGTH} characters")
    if sum(map(_special, source.split("\n"))) > MAGICS:
        raise ValueError(f"more than {MAGICS} magics in a cell")
    try:
        return TransformerManager().transform_cell(source)
    except RuntimeError as error:
        raise ValueError(str(error)) from None


def _special(line: str) -> bool:
    """Whether IPython may take a line for more than Python."""
    line = "".join(line.split())
    return line.startswith(FIRST) or line.endswith("?") or "=%" in line or "=!" in line
