"""The judge of shape comments: it can be trusted, and it approves of the course."""

import copy
import pickle
import re
import sys
import textwrap
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.machinery import FileFinder, SourceFileLoader
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from lessons import ROOT
from shape_comments import JUDGE, ShapeCommentError, ShapeComments
from test_notebooks import code, error, make_course, nbval, save

# gptlib, imported anew and judged


class Loader(SourceFileLoader):
    """Imports a module with its comments judged; its bytecode is not kept."""

    def __init__(self, name: str, path: str, book: ShapeComments):
        super().__init__(name, path)
        self.book = book

    def get_code(self, fullname):
        source = Path(self.path).read_text(encoding="utf-8")
        tree = self.book.rewrite(source, "/".join(Path(self.path).parts[-2:]))
        return compile(tree, self.path, "exec")

    def exec_module(self, module):
        setattr(module, JUDGE, self.book.judge)
        super().exec_module(module)


@contextmanager
def judged(package: str) -> Iterator[ShapeComments]:
    """Inside, a package's modules are new, judged ones; outside all is as before."""
    book = ShapeComments()
    (folder,) = find_spec(package).submodule_search_locations
    loader = (lambda *at: Loader(*at, book), [".py"])
    files = sorted(Path(folder).rglob("*.py"))
    finders = {str(f.parent): FileFinder(str(f.parent), loader) for f in files}

    def forget() -> dict:
        names = [it for it in sys.modules if it.split(".")[0] == package]
        return {name: sys.modules.pop(name) for name in names}

    before = forget()
    sys.path_importer_cache.update(finders)
    try:
        for file in files:
            parts = file.relative_to(folder).with_suffix("").parts
            import_module(".".join([package, *parts]).removesuffix(".__init__"))
        yield book
    finally:
        for path in finders:
            del sys.path_importer_cache[path]
        forget()
        sys.modules.update(before)


# Every axis has a size of its own. 74 targets make R = 11 rows of T.
B, T, NH, HS, V, BLOCK = 2, 7, 3, 5, 23, 29
C = NH * HS
SIZES = dict(B=B, T=T, nh=NH, hs=HS, C=C, V=V, R=11)


@pytest.fixture(scope="module")
def told():
    """The tally of all of gptlib, after a run that reaches every comment."""
    with judged("gptlib") as book, torch.random.fork_rng():
        for flash in (True, False):
            use_model(book, flash)
        use_batches(book)
        use_race(book)
    return book.tally()


def use_model(book, flash):
    """Forward, caches, attention maps, every way to choose a token, and crop."""
    from gptlib import GPT, GPTConfig
    from gptlib.show.trace import attention_maps

    sizes = dict(vocab_size=V, block_size=BLOCK, n_layer=1, n_head=NH, n_embd=C)
    model = GPT(GPTConfig(**sizes, flash=flash, bias=flash))
    idx = torch.randint(V, (B, 31))
    book.known = dict(SIZES)
    model(idx[:, :T])
    attention_maps(model, idx[:, :T])
    for options in [dict(), dict(do_sample=False), dict(use_cache=False)]:
        model.generate(idx[:, :T], 1, **options)
    cache = model.new_cache()
    for start, end in [(0, 1), (1, 9), (9, 10)]:  # the first, then eight, then one
        book.known["T"] = end - start
        model(idx[:, start:end], cache=cache)
    book.known["T"] = BLOCK
    model.generate(idx, 1)
    model.crop_block_size(19)


def use_batches(book):
    """Windows, whole texts in rows, digits to sort, and what training makes of them."""
    from gptlib.text.batches import Split, eval_rows, get_batch, sort_batch
    from gptlib.train import TrainConfig, World, make_batches
    from gptlib.train.config import resolved

    ids = torch.randint(V, (75,))
    book.known = SIZES
    get_batch(ids, T, B)
    eval_rows(ids, T)
    sort_batch(B, length=13)
    settings = resolved(TrainConfig(batch_size=B, block_size=T))
    list(make_batches(Split(ids, None), settings, 0, T, World()))


def use_race(book):
    """A race of one step; `evaluate` would read R rows at once where it says B."""
    from gptlib.speed import race, recipes
    from gptlib.train import loop
    from gptlib.train.start import Corpus

    # Only in this judged copy.
    loop.evaluate = race.evaluate = lambda *_: 0.0
    race.ESTIMATE_BATCHES = 1
    text = "".join(chr(97 + i % V) for i in range(75))
    book.known = SIZES
    sizes = dict(block_size=T, n_layer=1, n_head=NH, n_embd=C, batch_size=B)
    recipe = recipes.PLAIN.but("judged", conv_width=1, **sizes, steps=1, warmup=0)
    racer, rows = race.run(recipe, Corpus(text, text, by_story=False), seed=0)
    race.estimates(racer, rows[-1])


def test_every_shape_comment_of_gptlib_is_reached_and_right(told):
    """Those of homework's checks stand in the sheets too, and are judged there."""
    assert not told["wrong"]
    assert not [it for it in told["unreached"] if not it.startswith("homework/")]
    assert len(told["reached"]) == sum(
        bool(re.search(r"\S +# *\(", line))
        for file in ROOT.glob("gptlib/**/*.py")
        if file.parent.name != "homework"
        for line in file.read_text(encoding="utf-8").splitlines()
    )


def test_no_letter_of_gptlib_could_be_another(told):
    assert told["alike"] == []
    assert told["free"] == []


def test_the_judged_gptlib_is_gone_afterwards():
    before = import_module("gptlib.model")
    with judged("gptlib"):
        assert import_module("gptlib.model") is not before
    assert import_module("gptlib.model") is before
    assert sys.modules["gptlib"].GPT is before.GPT
    assert not hasattr(before, JUDGE)


# What a comment may say


def run(source, book=None, name="here.py", **variables):
    """Run code with its comments judged; its variables and the book."""
    book = book or ShapeComments()
    variables |= {"torch": torch, "np": np, JUDGE: book.judge}
    exec(compile(book.rewrite(textwrap.dedent(source), name), name, "exec"), variables)
    return variables, book


RIGHT = [
    "x = torch.zeros(2, 3)  # (B, T)",
    "x = torch.zeros(2, 3)  # (2, T), words behind a comma (or two)",
    "x = torch.zeros(2, 3)  # (B, T): words behind a colon",
    "x = torch.zeros(3)  # (T)",
    "x = torch.zeros(3)  # (T,)",
    "x = torch.zeros(())  # ()",
    "x = torch.zeros(5, 2, 3)  # (..., 2, 3)",
    "x = torch.zeros(3)  # (..., 3)",
    "C = 5; x = torch.zeros(20, 15, 4)  # (4C, 3 * C, C - 1)",
    "n_embd = 5; x = torch.zeros(6, 2, 11)  # (n_embd + 1, n_embd // 2, 2n_embd + 1)",
    "x = torch.zeros(20, 5)  # (4C, C)",
    "x = np.zeros((2, 3))  # (2, 3)",
    "x, y = torch.zeros(2, 3)  # (3), (3)",
    "pair = torch.zeros(2), torch.zeros(3)  # (2), (3)",
    "x = torch.zeros(2)\nx += 1  # (2)",
    "x: object = torch.zeros(2)  # (2)",
    "torch.zeros(2)  # (2)",
    "x = {}\nx['a'] = torch.zeros(2)  # (2)",
    "x = torch.zeros(\n    2\n)  # (2)",
    "x = torch.zeros(  # (2)\n    2\n)",
    "for B in (2, 3):\n    x = torch.zeros(B, B + 1)  # (B, B + 1)",
    "T = torch.zeros(3)  # (T)",  # a tensor of that name is no size
    "T = True\nx = torch.zeros(3)  # (T)",
]


@pytest.mark.parametrize("source", RIGHT)
def test_accepts(source):
    assert run(source)[1].tally()["reached"]


WRONG = {
    "T = 3; x = torch.zeros(2, 3)  # (T, B)": "has the shape (2, 3); B = 3, T = 3",
    "x = torch.zeros(2, 3)  # (B, B)": "has the shape (2, 3); B = 2",
    "x = torch.zeros(2, 3)  # (B, T, C)": "has the shape (2, 3)",
    "x = torch.zeros(2, 3)  # (2, 4)": "has the shape (2, 3)",
    "x = torch.zeros(2, 3)  # ()": "has the shape (2, 3)",
    "x = torch.zeros(3)  # (..., B, T)": "has the shape (3,)",
    "x = torch.zeros(21, 5)  # (4C, C)": "has the shape (21, 5); C = 5",
    "x = torch.zeros(2)  # (T)\ny = torch.zeros(3)  # (T)": "line 2: # (T)",
    "x, y = torch.zeros(2, 3)  # (3), (2)": "value 2 has the shape (3,)",
    "x, y = torch.zeros(2, 3)  # (3)": "no tensor but tuple",
    "x = torch.zeros(2, 3)  # (3), (3)": "no tuple of 2",
    "x = [2, 3]  # (2, 3)": "no tensor but list",
    "x = torch.zeros(2)  # (T - 1)": "nothing says how large T is",
}


@pytest.mark.parametrize("source", WRONG)
def test_refuses(source):
    book = ShapeComments()
    with pytest.raises(ShapeCommentError, match=re.escape(WRONG[source])):
        run(source, book)
    assert len(book.tally()["wrong"]) == 1


@pytest.mark.parametrize(
    "comment",
    [
        "(B, T",
        "(B T)",
        "(B, T) words",
        "(B; T)",
        "[B, T]",
        "(B, f(T))",
        "(B, T.)",
        "(,)",
    ],
)
def test_what_begins_like_a_shape_must_be_one(comment):
    with pytest.raises(ShapeCommentError, match="cannot be read"):
        run(f"x = torch.zeros(2, 3)  # {comment}")


@pytest.mark.parametrize(
    "source",
    [
        "for x in torch.zeros(2, 3):  # (T)\n    pass",
        "x = [\n    torch.zeros(2),  # (2)\n    torch.zeros(2),\n]",
        "def f(\n    x,  # (B, T)\n):\n    pass",
        "x: object  # (B, T)",
        "if True:\n    pass  # (B, T)",
    ],
)
def test_a_comment_that_nothing_can_be_measured_by_is_refused(source):
    with pytest.raises(ShapeCommentError, match="proves nothing"):
        run(source)


def test_other_comments_are_left_alone():
    source = """
    # (this stands alone)
    x = "# (B, T)"  # not (B, T), which is a text
    """
    assert run(source)[1].comments == []


# Where the code is, and what a letter stands for

LAYER = """
    class Layer(torch.nn.Module):
        def __init__(self, C):
            super().__init__()
            self.W = torch.nn.Parameter(torch.ones(C, C))

        def forward(self, x):
            "Its docstring."
            B, T, _ = x.shape
            def inner(y):
                return y @ self.W  # (B, T, C)
            for _ in range(2):
                x = inner(x)  # (B, T, C)
            return x
    """


def test_each_call_finds_its_own_sizes():
    variables, book = run(LAYER)
    for B, T, C in [(2, 3, 5), (3, 2, 7)]:
        assert variables["Layer"](C)(torch.ones(B, T, C)).shape == (B, T, C)
    assert [comment.runs for comment in book.comments] == [4, 4]
    assert variables["Layer"].forward.__doc__ == "Its docstring."


def test_a_function_knows_the_variables_around_it():
    """Those of the function, of the function around it, and of the module."""
    source = """
        A = B = C = 2
        def outer(B):
            def inner(C):
                return torch.zeros(2, 3, 5)  # (A, B, C)
            return inner(5)
        outer(3)
        """
    assert run(source)[1].comments[0].checked == {"A", "B", "C"}


CALLED = """
    def f(x):
        y = x + 1  # (B, T)
        return y  # (B, T)
    B, T = 2, 3
    """


def test_a_function_may_be_called_with_other_sizes():
    variables, book = run(CALLED)
    for B, T in [(5, 7), (2, 3), (3, 5)]:
        variables["f"](torch.zeros(B, T))
    assert book.tally()["wrong"] == []


def test_one_call_must_have_the_sizes_of_the_variables():
    variables, book = run(CALLED)
    variables["f"](torch.zeros(3, 2))
    first = book.tally()["wrong"][0]
    assert first.startswith("here.py, line 3: # (B, T)")
    assert first.endswith("has the shape (3, 2); B = 2, T = 3\n    in every call")


def test_each_call_must_agree_with_itself():
    source = CALLED.replace("return y  # (B, T)", "return y  # (T, B)")
    variables, _ = run(source)
    with pytest.raises(ShapeCommentError, match="line 4"):
        variables["f"](torch.zeros(5, 7))


def test_sizes_known_from_outside_come_first():
    book = ShapeComments()
    variables, _ = run("def f(x):\n    T = len(x)\n    return x  # (T)", book)
    variables["f"](torch.zeros(3))
    book.known = {"T": 2}
    with pytest.raises(ShapeCommentError, match=r"has the shape \(3,\); T = 2"):
        variables["f"](torch.zeros(3))


def test_a_generator_is_judged_by_what_it_yields():
    variables, book = run(
        "def f():\n    for T in 2, 3:\n        yield torch.ones(T)  # (T)"
    )
    assert [len(x) for x in variables["f"]()] == [2, 3]
    assert book.comments[0].runs == 2


def test_an_error_that_is_caught_is_remembered():
    source = "try:\n    x = torch.zeros(2)  # (3)\nexcept AssertionError:\n    pass"
    assert len(run(source)[1].tally()["wrong"]) == 1


def test_the_tally_names_what_was_not_reached_and_what_proves_little():
    source = """
        def never(x):
            return x  # (B)
        N = 3
        x = torch.zeros(3, 3)  # (N, M)
        """
    tally = run(source)[1].tally()
    assert tally["unreached"] == ["here.py, line 3: # (B)"]
    assert tally["alike"] == ["here.py, line 5: # (N, M)  M = N"]
    assert tally["free"] == ["here.py, line 5: # (N, M)  M"]


# The code is still the same code


def test_lines_in_tracebacks_stay():
    source = "def f(x):\n    y = x  # (2)\n\n    return y / {}  # (2)"
    variables, _ = run(source)
    with pytest.raises(TypeError) as caught:
        variables["f"](torch.ones(2))
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (last.filename, last.lineno, last.name) == ("here.py", 4, "f")


def test_a_wrong_comment_is_shown_at_its_line():
    with pytest.raises(ShapeCommentError, match="here.py, line 3: # ") as caught:
        run("\n\nx = torch.zeros(2)  # (3)")
    lines = [it.lineno for it in traceback.extract_tb(caught.value.__traceback__)]
    assert 3 in lines


def test_gradients_copies_and_pickles_are_the_same(monkeypatch):
    variables, _ = run(LAYER)
    layer, x = variables["Layer"](3), torch.ones(1, 2, 3, requires_grad=True)
    variables["Layer"].__module__ = "laid"
    monkeypatch.setitem(sys.modules, "laid", type("Laid", (), variables))
    for again in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        again(x).sum().backward()
        assert torch.equal(again.W.grad, torch.full((3, 3), 12.0))
    assert torch.equal(x.grad, torch.full((1, 2, 3), 18.0))


def test_a_compiled_function_is_not_judged_and_in_one_piece():
    source = "def f(x):\n    y = x + 1  # (wrong)\n    return y  # (B, wrong)"
    variables, book = run(source, wrong=7)
    f = torch.compile(variables["f"], backend="eager", fullgraph=True)
    assert f(torch.zeros(2)).tolist() == [1, 1]
    assert book.wrong == []


# In notebooks: nbval with the course's conftest

IMPORTS = "import torch\nB, T = 2, 3"
NO = "'Tensor' object has no attribute 'no'"
GELU = "def gelu(x):\n    return torch.nn.functional.gelu(x)  # (B, T)"
CATCH = "try:\n    y = torch.zeros(B, T)  # (T, B)\nexcept AssertionError:\n    pass"
LESSONS = {
    "right": [
        code(IMPORTS, 1),
        code(GELU, 2),
        code("x = gelu(torch.zeros(B, T))  # (B, T)", 3),
        code("%time y = gelu(x)  # (B, T)", 4, tags=["nbval-ignore-output"]),
        code("assert not [n for n in dir() if 'shape' in n or n == 'sys']", 5),
        code("x.no", 6, [error("AttributeError", NO)], ["raises-exception"]),
    ],
    "wrong": [
        code(IMPORTS, 1),
        code(GELU, 2),
        code("x = gelu(torch.zeros(T, B))  # (B, T)", 3),
        code(CATCH, 4),
        code(GELU, 5),
    ],
    "unreadable": [code(IMPORTS, 1), code("x = torch.zeros(B, T)  # (B; T)", 2)],
}


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """What nbval says of the lessons."""
    root = tmp_path_factory.mktemp("course")
    make_course(root, *LESSONS)
    for name, cells in LESSONS.items():
        save(root / "notebooks" / f"{name}.ipynb", *cells)
    return nbval(root, "--continue-on-collection-errors")


def failed(report, notebook):
    return re.findall(
        rf"^FAILED notebooks/{notebook}\.ipynb::(.*?)(?: - .*)?$", report, re.M
    )


def test_a_notebook_with_right_comments_passes(report):
    assert failed(report, "right") == []
    assert len(re.findall(r"\bright\S+::.* PASSED", report)) == 7


def test_a_wrong_comment_fails_its_cell(report):
    assert failed(report, "wrong") == ["Cell 2", "shape comments"]
    reason = (
        "cell [3], line 1: # (B, T)\n    value 1 has the shape (3, 2); B = 2, T = 3"
    )
    assert re.search(rf"ShapeCommentError\S*: {re.escape(reason)}", report)


def test_a_wrong_comment_whose_error_is_caught_fails_the_notebook(report):
    assert "cell [4], line 2: # (T, B)\n    value 1 has the shape (2, 3)" in report


def test_a_comment_that_never_ran_fails_the_notebook(report):
    # Where the variable CI is set, pytest says it again in its summary.
    assert set(re.findall(r"(cell \[\d\]).*\n +never ran", report)) == {"cell [5]"}


def test_a_comment_that_cannot_be_read_stops_its_notebook(report):
    assert re.search(
        r"unreadable\.ipynb, cell 1 .*line 1: # \(B; T\)\n +cannot be", report
    )
