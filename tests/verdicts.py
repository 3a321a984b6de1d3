"""What the checks say of all answers to the homework, as JSON: {"name, answer": words}.

    python tests/verdicts.py 2 1    with two threads, every one; 4: every fourth

`tests/test_homework.py` runs it with other threads and other kernels of PyTorch's.
"""

import json
import sys

import torch
from answers import HOMEWORK, judged
from homework_table import without_numbers


def main() -> None:
    """Judge them."""
    threads, every = map(int, sys.argv[1:])
    torch.set_num_threads(threads)
    said = {}
    for name, known in HOMEWORK.items():
        answers = [*enumerate((*known["right"], *known["wrong"]))]
        for number, mine in answers[::every]:
            words = without_numbers(str(judged(name, mine)))
            said[f"{name}, {number}, {mine.__name__}"] = words
    print(json.dumps(said))


if __name__ == "__main__":
    main()
