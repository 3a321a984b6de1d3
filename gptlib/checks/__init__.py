"""What tells a learner what is wrong: `check("causal-softmax", my_function)`.

One file a lesson, named as the lesson is; a function, or a few, an exercise.
"""

from gptlib.checks import attention, heads, window  # each enters its checks
from gptlib.checks.verdict import NotWritten, Verdict, check

__all__ = ["NotWritten", "Verdict", "attention", "check", "heads", "window"]
