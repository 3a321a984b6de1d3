"""What a check may expect of functions that give lists, numbers and counts."""

from collections.abc import Sequence

from gptlib.checks.verdict import Wrong


def expect_type(out: object, kind: type, what: str) -> None:
    """Raise Wrong unless `out` is of this kind; `what` says in words what it is."""
    if not isinstance(out, kind):
        raise Wrong(f"It must return {what}, and yours is a {type(out).__name__}.")


def expect_list(
    out: object,
    right: Sequence,
    given: str,
    mistakes: Sequence[tuple[Sequence, str]] = (),
) -> None:
    """Raise Wrong unless `out` is the list `right`; say which mistake gives `out`.

    Args:
        out: what the learner's code gave.
        right: what it should have given.
        given: for what input, in words.
        mistakes: what comes out of each classic mistake, and words for it.
    """
    expect_type(out, list, "a list")
    right = list(right)
    if out == right:
        return
    for wrong, words in mistakes:
        if out == list(wrong) and list(wrong) != right:
            raise Wrong(words)
    raise Wrong(f"For {given}:\nYours:    {short(out)}\nExpected: {short(right)}")


def short(value: object, most: int = 200) -> str:
    """How a value is written, cut off where it gets long."""
    text = repr(value)
    return text if len(text) <= most else f"{text[:most]} ..."
