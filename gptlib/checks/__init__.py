"""What tells a learner what is wrong: `check("causal-softmax", my_function)`.

One file a lesson, named as the lesson is; a function, or a few, an exercise.
"""

import gptlib.checks.attention
import gptlib.checks.heads
import gptlib.checks.window  # noqa: F401 - each enters its checks where `check` looks
from gptlib.checks.verdict import NotWritten, Verdict, check

__all__ = ["NotWritten", "Verdict", "check"]
