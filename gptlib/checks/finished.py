"""What a student must not call, because it is what they were asked to write.

It is noticed when it is called, whatever name it then goes by: functions of PyTorch's
by the protocol with which it lets others take its calls over, and by Python's profiler,
gradients where PyTorch's engine is started.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

import torch
from torch import Tensor, is_complex, is_floating_point
from torch.overrides import TorchFunctionMode, _get_current_function_mode

# What is called, and what it is called by people. Python's own functions stand with
# the class that they belong to.
ENGINE = ("_engine_run_backward", "run_backward")
AUTOGRAD = dict.fromkeys(
    (*ENGINE, "make_dual", "grad_fn", "get_gradient_edge"), "autograd"
)
OUTSIDE = {
    **dict.fromkeys(("numpy", "__array__", "__dlpack__"), "numpy"),
    **dict.fromkeys(("untyped_storage", "storage", "data_ptr"), "its memory"),
    **{name: name for name in ("complex numbers", "tolist")},
    "a table": "a table",
    "many looks": "item",
}
# A number may be looked at for an `assert`, a `print` or an `if`, a few times a call.
# Most looks are seen twice, as PyTorch's and as Python's.
LOOKS = 8
LOOK = {"item", "equal", "__bool__", "__float__", "__int__", "__index__", "__format__"}
BY_HAND = AUTOGRAD | OUTSIDE
TABLES = (
    *("places", "gather", "take", "take_along_dim", "index_select", "index_put"),
    *("index_put_", "embedding", "searchsorted", "bucketize", "grid_sample"),
    "interpolate",
)
TABLE = dict.fromkeys(TABLES, "a table")
SMALL = 256  # numbers: in a table of so few nothing can be looked up
SOFTMAX = {"_softmax_backward_data": "_softmax_backward_data"}
GELU = dict.fromkeys(
    ("gelu", "gelu_", "new_gelu", "exact_gelu", "NewGELU.forward"), "gelu"
)
SDPA = {
    name: name
    for name in (
        *("scaled_dot_product_attention", "attention_weights", "fused_attention"),
        *("multi_head_attention_forward", "generate_square_subsequent_mask"),
    )
}
NORMS = {
    name: name
    for name in (
        *("rms_norm", "_fused_rms_norm", "layer_norm", "native_layer_norm"),
        *("group_norm", "native_group_norm", "batch_norm", "native_batch_norm"),
        *("instance_norm", "local_response_norm", "renorm", "normalize"),
        *("cosine_similarity", "norm_steps", "clip_grad_norm_"),
    )
}
CALLS: Mapping[str, dict[str, str]] = {
    "special-tokens": {
        **dict.fromkeys(("split_special", "Encoding.encode"), "split_special"),
        **dict.fromkeys(("special_pattern", "checked_special"), "split_special"),
    },
    "embedding-gradient": AUTOGRAD
    | {"embedding_dense_backward": "embedding_dense_backward"},
    "newgelu-fault": GELU,
    "gelu-derivative": BY_HAND | GELU | TABLE,
    "window-softmax": SDPA,
    "grouped-queries": {"enable_gqa": "enable_gqa"},
    "mask-fault": SDPA,
    "softcap-backward": BY_HAND | SOFTMAX,
    "rms-norm": NORMS,
    "layernorm-backward": BY_HAND
    | {"native_layer_norm_backward": "native_layer_norm_backward"},
    "label-smoothing": {"label_smoothing": "label_smoothing"},
    "entropy-gradient": BY_HAND | SOFTMAX | {"Categorical.entropy": "Categorical"},
}
ENDED = "the watch"  # was taken away
ALL = {ENDED} | LOOK | {name for calls in CALLS.values() for name in calls}
LIBRARIES = ("torch", "gptlib", "tiktoken", "transformers")
SMOOTHING = 7  # where label_smoothing stands among the arguments of cross_entropy
SAID = (
    "It calls {}, the finished piece: this exercise asks you to write it. Without that "
    "call there are points for what is yours."
)
UNSEEN = (
    "What it calls could not be watched to its end: is there a recursion that never "
    "ends, or something that PyTorch calls back? Without that there are points for "
    "what is yours."
)
AWAY = (
    "It goes by {}: this exercise asks for the formula, in PyTorch's real numbers. "
    "Without that there are points for what is yours."
)


class Seen(TorchFunctionMode):
    """Keeps the names of what is called inside it, in their order.

    Args:
        names: where they go.
        most: so many at most; those that matter here are kept beyond it, once.
        but: files whose calls do not count.
    """

    def __init__(self, names: list[str], most: int = 50_000, but: Iterable[str] = ()):
        super().__init__()
        ours = Seen.__torch_function__.__code__.co_filename  # has noted it already
        self.names, self.most, self.but = names, most, {*but, ours}
        self.paused, self.within = False, 0
        self.looks = 0

    def __enter__(self) -> "Seen":
        self.before = sys.getprofile()
        sys.setprofile(self._entered)
        return super().__enter__()

    def __exit__(self, *error: object) -> None:
        if _get_current_function_mode() is not self:  # somebody else left in its place
            self.paused = False
            self.keep(ENDED)
        super().__exit__(*error)
        if sys.getprofile() != self._entered:  # Python takes away one that raises
            self.paused = False
            self.keep(ENDED)
        sys.setprofile(self.before)

    def keep(self, name: str) -> None:
        """Note a name."""
        if name in LOOK:
            self.looks += 1
            if self.looks == LOOKS + 1:
                self.keep("many looks")
        room = len(self.names) < self.most or (name in ALL and name not in self.names)
        if room and not self.paused:
            self.names.append(name)

    def _entered(self, frame: FrameType, event: str, called: object) -> None:
        """A function begins, one written in Python or in C."""
        if event == "c_call" and frame.f_code.co_filename not in self.but:
            if called.__name__ in ALL:
                self.keep(called.__name__)
        elif event == "call" and self.within and _of_a_page(frame):
            self.keep(ENDED)  # PyTorch calls it back, where nobody sees what it calls
        elif event == "call" and (name := frame.f_code.co_qualname) in ALL:
            module = frame.f_globals.get("__name__")
            if type(module) is str and module.split(".")[0] in LIBRARIES:
                self.keep(name)

    def __torch_function__(self, func, types, args=(), kwargs=None) -> object:
        name, kwargs = str(getattr(func, "__name__", func)), kwargs or {}
        counts = sys._getframe(1).f_code.co_filename not in self.but
        if counts and not (name in TABLES and _is_little(args)):
            self.keep(name)
        if name == "__get__":  # of a property
            self.keep(str(getattr(func.__self__, "__name__", name)))
        for key in kwargs:
            if key in ALL and _is_given(kwargs[key]):
                self.keep(key)
        if name == "__getitem__" and _are_places(args[1]) and not _is_little(args[:1]):
            self.keep("places")
        if name == "cross_entropy" and any(map(_is_given, args[SMOOTHING:][:1])):
            self.keep("label_smoothing")
        self.within += 1
        try:
            value = func(*args, **kwargs)
        finally:
            self.within -= 1
        if isinstance(value, Tensor) and is_complex(value):
            self.keep("complex numbers")
        if counts and any(map(_is_shared, (value, kwargs.get("out"), *args[:1]))):
            self.keep("numpy")
        return value


def _of_a_page(frame: FrameType) -> bool:
    """Whether a function was made in a notebook."""
    return frame.f_globals.get("__name__") == "__main__"


def _is_given(value: object) -> bool:
    """Whether a setting is more than nothing; a number that says it is none is one."""
    return value not in (0, None) if type(value) in (int, float, bool) else True


def _is_little(given: Iterable[object]) -> bool:
    """Whether no tensor among these has many numbers."""
    return all(it.numel() <= SMALL for it in given if isinstance(it, Tensor))


def _is_shared(it: object) -> bool:
    """Whether a tensor's memory is an array's too, which nobody could watch."""
    try:
        return isinstance(it, Tensor) and not it.untyped_storage().resizable()
    except (RuntimeError, NotImplementedError):
        return False  # one without memory, as inside of torch.func


def _are_places(index: object) -> bool:
    """Whether an index is, or holds, a tensor of whole numbers."""
    if isinstance(index, tuple | list):
        return any(map(_are_places, index))
    numbers = isinstance(index, Tensor) and index.dtype is not torch.bool
    return numbers and not (is_floating_point(index) or is_complex(index))


WATCHED: list[list[str]] = []  # of the exercise that is judged, the names seen so far
NOTING: list[Seen] = []  # inside which we are


@contextmanager
def watched(exercise: str) -> Iterator[list[str]]:
    """While an exercise is judged, note what its answer calls; gives the names."""
    names: list[str] = []
    if exercise not in CALLS:
        yield names
        return
    WATCHED.append(names)
    try:
        yield names
    finally:
        WATCHED.remove(names)


@contextmanager
def noting() -> Iterator[None]:
    """Around each call of an answer: what it calls is noted, if somebody wants it."""
    if not WATCHED:
        yield
        return
    seen = Seen(WATCHED[-1])
    NOTING.append(seen)
    try:
        with seen:
            yield
    finally:
        NOTING.remove(seen)


def said_of(exercise: str, names: list[str]) -> str | None:
    """What is said of an answer that called these; None if it may."""
    calls = CALLS.get(exercise, {})
    if calls and ENDED in names:
        return UNSEEN
    found = next((calls[name] for name in names if name in calls), None)
    if found is None:
        return None
    away = found in OUTSIDE.values()
    return (AWAY if away else SAID).format(f"`{found}`")
