"""What a page may ask for: the names of modules and of objects that a sheet can need.

A list of what is allowed, and not of what is forbidden: PyTorch and Python's library
hold more ways around a page than anybody can name.
"""

import importlib
import io
import types
from functools import cache

import numpy as np
import tiktoken
import torch
from torch import Tensor, nn
from tqdm import tqdm

import gptlib


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TORCH = _words("""
    index_put scatter_reduce
    set_default_dtype pi inf nan LongTensor FloatTensor BoolTensor as_tensor
    atleast_2d argwhere addcmul lerp clamp_min clamp_max bitwise_and hypot
    get_num_threads block_diag trapezoid Generator Size Tensor abs acos add addmm all
    allclose amax amin any arange arccos arcsin arctan arctanh argmax argmin argsort
    asin atan atan2 atanh baddbmm bernoulli bfloat16 bincount bmm bool
    broadcast_tensors broadcast_to bucketize cartesian_prod cat cdist ceil chunk clamp
    clip clone column_stack concat concatenate conj copysign cos cosh count_nonzero
    cov cross cummax cummin cumprod cumsum deg2rad device diag diag_embed diagonal
    diff div dot double dtype einsum empty empty_like enable_grad eq equal erf
    erfc erfinv exp exp2 expand_copy expm1 eye finfo flatten flip float float16
    float32 float64 floor floor_divide fmod frac from_numpy full full_like gather ge
    get_default_dtype greater greater_equal gt half heaviside histc hstack iinfo
    index_add index_select inference_mode inner int int16 int32 int64 int8 inverse
    is_floating_point is_grad_enabled is_tensor isclose isfinite isin isinf isnan kron
    le less less_equal linspace log log10 log1p log2 log_softmax logaddexp
    logcumsumexp logical_and logical_not logical_or logical_xor logspace logsumexp
    long lt manual_seed masked_fill masked_select matmul max maximum mean median
    meshgrid min minimum mm mode moveaxis movedim mul multinomial mv nan_to_num
    nanmean nansum narrow ne neg negative no_grad nonzero norm normal not_equal numel
    ones ones_like outer permute polar pow prod quantile rad2deg rand rand_like
    randint randint_like randn randn_like randperm range ravel reciprocal relu
    remainder repeat_interleave reshape roll round rsqrt scatter scatter_add
    searchsorted select set_grad_enabled set_num_threads set_printoptions sgn short
    sigmoid sign sin sinc sinh softmax sort split sqrt square squeeze stack std
    std_mean sub subtract sum swapaxes swapdims t take take_along_dim tan tanh tensor
    tensor_split tensordot tile topk trace transpose tril tril_indices triu
    triu_indices true_divide trunc uint8 view_as_real unbind unflatten unique
    unique_consecutive unsqueeze vander var var_mean vstack where zeros zeros_like
    autograd backends cuda func linalg nn optim special testing __version__
""")
# Of each module what a page may take.
MODULES: dict[str, frozenset[str]] = {
    "torch": TORCH,
    "torch.nn": _words("""
        LogSoftmax
        MSELoss Flatten BatchNorm1d KLDivLoss L1Loss Hardswish BCEWithLogitsLoss
        CrossEntropyLoss Dropout ELU Embedding GELU Identity LayerNorm LeakyReLU
        Linear Mish Module ModuleDict ModuleList NLLLoss Parameter ParameterDict
        ParameterList RMSNorm ReLU SELU Sequential SiLU Sigmoid Softmax Softplus Tanh
        functional init utils
    """),
    "torch.nn.functional": _words("""
        hardtanh
        l1_loss binary_cross_entropy glu cosine_similarity cross_entropy dropout elu
        embedding gelu kl_div layer_norm leaky_relu linear log_softmax logsigmoid mish
        mse_loss nll_loss normalize one_hot pad relu rms_norm
        scaled_dot_product_attention sigmoid silu softmax softplus tanh
    """),
    "torch.nn.init": _words("""
        constant_ eye_ kaiming_normal_ kaiming_uniform_ normal_ ones_ orthogonal_
        trunc_normal_ uniform_ xavier_normal_ xavier_uniform_ zeros_
    """),
    "torch.nn.utils": _words("clip_grad_norm_ clip_grad_value_ parameters_to_vector"),
    "torch.optim": _words("Adam AdamW Muon RMSprop SGD lr_scheduler"),
    "torch.optim.lr_scheduler": _words("CosineAnnealingLR LambdaLR LinearLR StepLR"),
    "torch.autograd": _words("set_detect_anomaly grad gradcheck functional"),
    "torch.autograd.functional": _words("hessian hvp jacobian jvp vjp"),
    "torch.func": _words("grad hessian jacfwd jacrev jvp vjp vmap"),
    "torch.special": _words("entr erf expit log_softmax logsumexp ndtr softmax xlogy"),
    "torch.linalg": _words("""
        det eigh inv lstsq solve matrix_norm matrix_rank norm svd svdvals vector_norm
    """),
    "torch.testing": _words("assert_close"),
    "torch.cuda": _words("synchronize is_available manual_seed_all"),
    "torch.backends": _words("mps cuda"),
    "torch.backends.cuda": _words(""),
    "torch.backends.mps": _words("is_available"),
    "torch.utils.data": _words("Dataset TensorDataset"),
    "math": _words("""
        cbrt
        acos asin atan atan2 atanh ceil comb copysign cos cosh degrees dist e erf erfc
        exp expm1 fabs factorial floor fmod fsum gcd hypot inf isclose isfinite isinf
        isnan isqrt lcm log log10 log1p log2 nan perm pi pow prod radians sin sinh
        sqrt tan tanh tau trunc
    """),
    "numpy": _words("""
        einsum linalg testing set_printoptions expand_dims full_like meshgrid pad
        lexsort
        polyfit nonzero argwhere float16 int32 uint8 split roll ravel take e abs all
        allclose any arange arctanh argmax argmin argsort array array_equal asarray
        average bool_ clip concatenate cos cosh cumsum diag diff dot empty exp eye
        flip float32 float64 floor full histogram hstack inf int64 integer isclose
        isfinite isnan linspace log log10 log2 logspace matmul max maximum mean median
        min minimum nan newaxis ones ones_like outer percentile pi power prod quantile
        random repeat reshape round searchsorted sign sin sort sqrt square squeeze
        stack std sum tanh tile transpose tril triu unique var vstack where zeros
        zeros_like
    """),
    "numpy.testing": _words("assert_allclose assert_array_equal"),
    "numpy.linalg": _words("norm inv svd matrix_rank det eigh"),
    "numpy.random": _words("""
        choice default_rng normal permutation rand randint randn seed shuffle uniform
    """),
    "random": _words("""
        Random choice choices gauss randint random randrange sample seed shuffle
        uniform
    """),
    "statistics": _words("fmean mean median mode pstdev quantiles stdev variance"),
    "itertools": _words("""
        dropwhile tee compress combinations_with_replacement accumulate chain
        combinations count cycle groupby islice pairwise permutations product repeat
        starmap takewhile zip_longest
    """),
    "functools": _words("""
        cmp_to_key total_ordering cached_property cache lru_cache partial reduce
    """),
    "collections": _words("Counter OrderedDict defaultdict deque"),
    "abc": _words("ABC abstractmethod"),
    "collections.abc": _words("Callable Iterable Iterator Mapping Sequence"),
    "operator": _words("eq gt lt add itemgetter matmul mul sub truediv"),
    "re": _words("""
        DOTALL MULTILINE S VERBOSE Pattern IGNORECASE I escape compile findall
        finditer fullmatch match search split sub
    """),
    "regex": _words("""
        IGNORECASE I escape compile findall finditer fullmatch match search split sub
    """),
    "string": _words("""
        ascii_letters ascii_lowercase ascii_uppercase digits punctuation
    """),
    "textwrap": _words("dedent fill indent shorten wrap"),
    "pprint": _words("pprint"),
    "copy": _words("copy deepcopy"),
    "json": _words("dumps loads"),
    "time": _words("""
        strftime perf_counter_ns monotonic perf_counter process_time sleep time
    """),
    "timeit": _words("default_timer"),
    "datetime": _words("date datetime timedelta"),
    "dataclasses": _words("asdict astuple replace dataclass field"),
    "typing": _words("""
        Literal TypeVar Set Generator Mapping Any Callable Iterable Iterator List Dict
        Protocol
        Optional Sequence Tuple Union
    """),
    "contextlib": _words("contextmanager nullcontext suppress"),
    "warnings": _words("filterwarnings simplefilter"),
    "bisect": _words("insort bisect bisect_left bisect_right"),
    "heapq": _words("""
        heappushpop heapreplace merge heapify heappop heappush nlargest nsmallest
    """),
    "fractions": _words("Fraction"),
    "decimal": _words("Decimal"),
    "__future__": _words("annotations"),
    "tqdm": _words("auto tqdm trange"),
    "tqdm.auto": _words("tqdm trange"),
    "IPython.display": _words("HTML Image Markdown Math clear_output display"),
    "matplotlib": _words("pyplot"),
    "matplotlib.pyplot": _words("""
        contourf axhspan axvspan subplots_adjust hist2d pie annotate axhline axis
        axline axvline bar barh boxplot cla clf close colorbar errorbar figure
        fill_between gca gcf grid hist hlines imshow legend loglog matshow pcolormesh
        plot savefig scatter semilogx semilogy show stem step subplot subplots
        suptitle text tight_layout title twinx violinplot vlines xlabel xlim xscale
        xticks ylabel ylim yscale yticks
    """),
}  # fmt: skip
# Of the course, what a page may import from: its parts, and no machinery.
COURSE = _words("""
    attention baselines block bpe config embeddings flops gelu generate layernorm loss
    mlp model optim show text train
""")
# What a tensor is asked for.
TENSOR = _words("""
    retain_grad clamp_min clamp_max addcmul pow_ square_ neg_ det inverse trace
    swapdims moveaxis argwhere is_cuda cuda floor_divide aminmax nanmean H T abs abs_
    logit rsqrt_ log_ layout mH
    acos add add_ addcdiv_ addcmul_ addmm_ all allclose amax amin any argmax argmin
    argsort asin atan atan2 atanh backward baddbmm bernoulli_ bfloat16 bincount bmm
    bool broadcast_to byte ceil chunk clamp clamp_ clip clone contiguous copy_ cos
    cosh count_nonzero cpu cummax cumprod cumsum data data_ptr detach detach_ device
    diag diag_embed diagonal diff dim div div_ dot double dtype element_size eq equal
    erf erfinv exp exp_ expand expand_as expm1 fill_ fill_diagonal_ flatten flip float
    floor fmod frac gather ge grad greater gt half index_add index_add_ index_copy
    index_copy_ index_fill index_fill_ index_put index_put_ index_select indices inner
    int is_contiguous is_floating_point is_leaf isclose isfinite isinf isnan item
    itemsize kthvalue le lerp lerp_ less log log10 log1p log2 log_softmax logaddexp
    logcumsumexp logical_and logical_not logical_or logsumexp long lt mT masked_fill
    masked_fill_ masked_scatter masked_select matmul max maximum mean median min
    minimum mm mode movedim mul mul_ multinomial mv nan_to_num nansum narrow nbytes
    ndim ne neg nelement norm normal_ numel new_empty new_full new_ones new_tensor
    new_zeros nonzero numpy outer permute pow prod quantile random_ ravel reciprocal
    relu relu_ remainder repeat repeat_interleave requires_grad requires_grad_ reshape
    reshape_as roll round rsqrt scatter scatter_ scatter_add scatter_add_
    scatter_reduce select shape sigmoid sigmoid_ sign sin sinh size softmax sort split
    sqrt sqrt_ square squeeze std stride sub sub_ sum swapaxes t t_ take
    take_along_dim tan tanh tanh_ tensor_split tile to tolist topk transpose tril
    tril_ triu triu_ trunc type type_as unbind unflatten unfold uniform_ unique
    unsqueeze unsqueeze_ untyped_storage values var view view_as where zero_
""")
OTHERS = _words("""
    name args base tiny close write get_last_lr setter pattern groupdict lastgroup
    invert_yaxis invert_xaxis axhspan axvspan margins set_axis_off twiny get_xlim
    get_ylim spines set_visible contourf __doc__ __init__ __name__ __version__
    add_module add_param_group append apply bias buffers children embedding_dim eps
    eval extend forward get_parameter get_submodule in_features load_state_dict
    modules named_buffers named_children named_modules named_parameters
    normalized_shape num_embeddings out_features p param_groups parameters
    register_buffer register_parameter state state_dict step train training weight
    zero_grad manual_seed findall finditer fullmatch match search sub end group groups
    span start most_common popleft appendleft elements total rotate set_description
    set_postfix update choice choices integers normal permutation random randint
    sample seed shuffle standard_normal uniform uniform_ gauss randrange astype
    argpartition ptp add_subplot annotate ax axes axhline axis axline axvline bar barh
    boxplot colorbar errorbar fill_between figure flat get_legend_handles_labels grid
    hist hlines imshow legend loglog matshow pcolormesh plot savefig scatter semilogx
    semilogy set set_aspect set_title set_xlabel set_xlim set_xscale set_xticklabels
    set_xticks set_ylabel set_ylim set_yscale set_yticklabels set_yticks stem subplots
    suptitle text tick_params tight_layout twinx vlines today now isoformat
    total_seconds seconds limit_denominator numerator denominator
""")
# Names of a tensor's or a module's that a page may give to parts of its own `self`.
NOUNS = _words("""
    T add bias data dim div dot dtype device eps float gelu grad half inner int
    layer_norm log long max mean min mode mul norm p relu requires_grad scale shape
    sigmoid silu size softmax split squeeze std sum tanh text to train training tril
    type var view weight
""")
# And which it may set on other objects.
SET = _words("bias data grad p requires_grad training weight")
# Methods with two underscores that a class of a page may have. Where PyTorch calls one
# itself, gptlib's watch says so; none makes a number of an object.
METHODS = _words("""
    __abs__ __floordiv__ __reversed__
    __len__ __getitem__ __setitem__ __iter__ __next__ __contains__ __hash__ __iadd__
    __add__ __call__ __enter__ __eq__ __exit__ __ge__ __gt__ __init__ __le__ __lt__
    __matmul__ __mul__ __ne__ __neg__ __post_init__ __pow__ __radd__ __repr__ __rmul__
    __rsub__ __str__ __sub__ __truediv__
""")
# Modules that some object might hold and from which there is a way to anything, the
# object in an AttributeError, tiktoken's inside, and what a path does with files.
WAYS = _words("""
    _io _sys _thread _weakref asyncio builtins ctypes gc importlib inspect io
    linecache marshal multiprocessing os pdb pickle posix runpy socket subprocess sys
    threading traceback weakref obj _core_bpe
    chmod glob hardlink_to iterdir mkdir read_bytes read_text rename rglob rmdir
    symlink_to touch unlink write_bytes write_text
""")
CODE = {  # what makes code of a text, or asks for objects by their names
    *("eval", "exec", "compile", "__import__", "globals", "locals", "vars", "setattr"),
    *("delattr", "breakpoint", "memoryview", "open", "exit", "quit", "type", "dir"),
    *("complex", "get_ipython", "getattr", "hasattr"),
}
BAR = tqdm(file=io.StringIO(), disable=False)
BUILTIN = (str, bytes, list, dict, set, tuple, int, float)
PLAIN = (str, bytes, list, dict, set, frozenset, tuple, int, float, bool)
KINDS = (
    *(Tensor, nn.Parameter, nn.Module, torch.optim.Optimizer, torch.Generator),
    *(torch.dtype, torch.device, torch.autograd.Function, torch.autograd.graph.Node),
    *(np.ndarray, np.generic, tqdm, type(BAR.fp), torch.UntypedStorage),
    *(BaseException, property, object, type, tiktoken.Encoding),
    *(it for it in vars(types).values() if isinstance(it, type)),
)


@cache
def asked() -> frozenset[str]:
    """What a page may ask of objects, its own names aside."""
    builtin = {name for kind in BUILTIN for name in dir(kind) if name[0] != "_"}
    return frozenset(builtin) | TENSOR | OTHERS | _of_the_course()


def _of_the_course() -> frozenset[str]:
    """The parts and methods that the course's own classes have."""
    found = set(gptlib.GPTConfig.__dataclass_fields__)
    for it in (getattr(gptlib, name) for name in gptlib.__all__):
        if isinstance(it, type):
            found |= {
                name
                for kind in it.__mro__
                if kind.__module__.split(".")[0] == "gptlib"
                for name in vars(kind)
            }
    small = gptlib.GPTConfig(block_size=4, vocab_size=4, n_layer=1, n_head=1, n_embd=4)
    for name, _ in gptlib.GPT(small).named_modules():
        found |= {*name.split(".")}
    return frozenset(name for name in found if name and name[0] != "_")


@cache
def taken() -> frozenset[str]:
    """What objects have that a page may not ask for: no name for a part of its own."""
    known = {name for kind in KINDS for name in dir(kind)}
    known |= {name for name, it in vars(BAR).items() if it and type(it) not in PLAIN}
    return frozenset(known | WAYS | CODE) - asked()


@cache
def patched() -> frozenset[str]:
    """What a page could change in classes that are not its own."""
    course = {name for name in _of_the_course() if callable(_method(name))}
    return frozenset(name for kind in KINDS for name in dir(kind)) | course


def _method(name: str) -> object:
    kinds = (getattr(gptlib, it) for it in gptlib.__all__)
    found = (vars(it).get(name) for it in kinds if isinstance(it, type))
    return next((it for it in found if it is not None), None)


def is_module(full: str) -> bool:
    """Whether a full name is that of a module that a page may name."""
    if full in MODULES or full in ("gptlib", "IPython", "torch.utils"):
        return True
    return full.startswith("gptlib.") and _is_own_module(full)


def _is_own_module(full: str) -> bool:
    """Whether a name is that of a module where it is, and not of one it imports."""
    it = found(full)
    return isinstance(it, types.ModuleType) and it.__name__ == full


def importable(module: str) -> bool:
    """Whether a page may import this module."""
    first, *rest = module.split(".")
    if first != "gptlib":
        return module in MODULES
    if rest[:1] == ["checks"]:
        return module in ("gptlib.checks", "gptlib.checks.own")
    return not rest or (rest[0] in COURSE and not any(it[:1] == "_" for it in rest))


def may_take(module: str, name: str) -> bool:
    """Whether a page may take this name from this module."""
    full = f"{module}.{name}"
    if module in MODULES:
        if name == "*":
            return module == "math"
        inner = full not in MODULES and isinstance(found(full), types.ModuleType)
        return name in MODULES[module] and not inner
    if module.startswith("gptlib.checks"):
        return full in ("gptlib.checks.check", "gptlib.checks.NotWritten",
                        "gptlib.checks.own", "gptlib.checks.own.own_sizes")  # fmt: skip
    if not importable(module) or name.startswith("_") or name == "*":
        return False
    if is_module(full):
        return importable(full)
    it = found(full)
    if type(it) in PLAIN:
        return True
    made = str(getattr(it, "__module__", ""))
    return made.split(".")[0] == "gptlib" and importable(made)  # and nobody else's


def found(full: str) -> object:
    """What a full name stands for; None if there is no such thing."""
    module, _, name = full.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name, None)
    except ImportError:
        return None
