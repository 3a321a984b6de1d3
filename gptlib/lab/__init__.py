"""The learner's side of the course: a workbook of their own copies, and its check."""

try:
    import nbformat  # noqa: F401 - every module here reads notebooks
except ImportError as error:
    raise ImportError(
        "gptlib.lab reads notebooks with nbformat: pip install '.[course]' in a "
        "checkout of the course"
    ) from error
