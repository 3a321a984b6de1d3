"""A picture in a notebook that also says in words what is to be seen."""

import base64
import html
import io
import sys

try:
    import matplotlib.pyplot as plt
    from matplotlib.figure import Figure
except ImportError as error:
    raise ImportError(
        "gptlib.show.picture draws with matplotlib: pip install matplotlib"
    ) from error

# JupyterLab gives a PNG no alt, so the words follow it as html: out of sight, but read
# aloud. The class hides them in JupyterLab, also in a notebook that is not trusted
# (roles and aria labels are cut out there), and the style hides them elsewhere.
WORDS = (
    '<p class="jp-sr-only" style="position:absolute;width:1px;height:1px;'
    'overflow:hidden;white-space:nowrap">Picture: {}</p>'
)


def show(alt: str) -> None:
    """Show the current figure, in place of `plt.show()`, and close it.

    Args:
        alt: what to see in it, in a sentence, for somebody who cannot see it.

    In a notebook the figure is a PNG of the size and look that `plt.show()` gives it,
    with `alt` as its text and in its metadata, where the site looks for it. A second
    output holds the words alone, for JupyterLab, which ignores the metadata. Elsewhere
    it is `plt.show()`.

    Raises:
        ValueError: `alt` is empty, or there is no figure to show.
    """
    if not alt.strip():
        raise ValueError("alt is empty: say in a sentence what the picture shows")
    if not plt.get_fignums():
        raise ValueError("there is no figure to show: draw one first, in this cell")
    if (shell := notebook()) is None:
        plt.show()
    else:
        png = {"text/plain": alt, "image/png": as_png(plt.gcf())}
        shell.display_pub.publish(png, metadata={"image/png": {"alt": alt}})
        words = {"text/plain": alt, "text/html": WORDS.format(html.escape(alt))}
        shell.display_pub.publish(words)
    plt.close()


def notebook() -> object | None:
    """The notebook's shell, or None in a plain Python or a terminal."""
    # A notebook's kernel has imported IPython long before; nobody else needs it.
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell if hasattr(shell, "kernel") else None


def as_png(figure: Figure) -> str:
    """The figure as base64, drawn as Jupyter draws it."""
    file = io.BytesIO()
    look = {"facecolor": figure.get_facecolor(), "edgecolor": figure.get_edgecolor()}
    figure.savefig(file, format="png", dpi="figure", bbox_inches="tight", **look)
    return base64.b64encode(file.getvalue()).decode("ascii")
