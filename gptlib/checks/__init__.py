"""What tells a learner what is wrong: `check("causal-softmax", my_function)`.

One file a lesson, named as the lesson is; a function, or a few, an exercise.
"""

from importlib import import_module
from pkgutil import iter_modules

from gptlib.checks.verdict import NotWritten, Verdict, check

for _module in iter_modules(__path__):  # each enters its checks where `check` looks
    import_module(f"{__name__}.{_module.name}")

__all__ = ["NotWritten", "Verdict", "check"]
