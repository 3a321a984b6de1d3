"""The names of finished pieces, by the exercise in which they are to be written."""

from collections.abc import Mapping

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
ASKED = 1 / 8  # of a look: an `if` learns one bit
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
        *("cosine_similarity", "norm_steps", "clip_grad_norm_", "svd", "linalg_svd"),
        *("linalg_eigh", "linalg_qr", "qr"),
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
