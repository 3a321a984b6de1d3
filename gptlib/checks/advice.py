"""What to do about the errors that learners meet most."""

# PyTorch's own words for what learners meet here most, and what to do about it.
ADVICE = {
    r"\.T\b": (
        ".T turns all axes round, and with a batch there are more than two: "
        ".transpose(-2, -1) exchanges the last two."
    ),
    r"(?s)^(?!.*view size).*\.transpose\((0|1), ": (
        "Counted from the front, axes move when a batch stands there: "
        "k.transpose(-2, -1) exchanges the last two, however many there are."
    ),
    "shape of the mask": (
        "masked_fill(mask, number) lays the mask over each table of a batch; an index "
        "needs scores[..., mask]."
    ),
    "only supports boolean masks": (
        "A mask is a table of true and false: .bool(), or dtype=torch.bool."
    ),
    "must match the size of tensor b": (
        "Laid over each other from the last axis on, the shapes do not fit. An axis "
        "that a sum or a mean ran along is gone, unless it says keepdim=True."
    ),
    "Boolean value of Tensor": (
        "Two masks are joined by | (or) and & (and), each in brackets."
    ),
    r"must be Tensor, not (int|float)": (
        "A function of torch takes tensors: for a plain number take that of math, such "
        "as math.sqrt."
    ),
    "got float": "A size must be a whole number: divide with //.",
    "values to unpack": (
        "split takes the size of each piece, and chunk the number of pieces; both take "
        "the axis as dim."
    ),
    "view size is not compatible": (
        "After a transpose the numbers no longer stand in memory in the order of the "
        "axes, and `view` refuses: put .contiguous() before it, or use reshape or "
        "flatten."
    ),
    "a leaf Variable that requires grad": (
        "A method whose name ends in an underscore writes in place: use the one "
        "without."
    ),
    "can't be cast": (
        "A tensor of whole numbers cannot hold fractions: begin with a float tensor."
    ),
}
