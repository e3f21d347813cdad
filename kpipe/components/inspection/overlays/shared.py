"""Ranges, rules and reasons that the overlays of several kinds use."""

from __future__ import annotations

from kpipe.components.inspection.rule import Rule

POSITIVE = "(0, inf)"
NOT_NEGATIVE = "[0, inf)"
AT_LEAST_1 = "[1, inf)"
FRACTION = "[0, 1]"
BELOW_1 = "[0, 1)"
FLOATS = ("float16", "bfloat16", "float32", "float64")
INTEGERS = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
DTYPES = (*FLOATS, *INTEGERS, "string")
ACTIVATIONS = (
    "celu", "elu", "exponential", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh",
    "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu",
    "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus",
    "swish", "tanh", "tanh_shrink", "threshold",
)  # fmt: skip
STRING = Rule(types=("str",))
NAME = Rule(types=("str", "null"))
FLAG = Rule(types=("bool",))
ACTIVATION = Rule(types=("str", "null"), choices=ACTIVATIONS, object_kind="layer")
DTYPE = Rule(types=("str", "null"), choices=DTYPES)
A_FUNCTION = "it requires a Python function"
A_BASE = "it is a base class"
IN_CUSTOM_CODE = "to use it, write a subclass of it in a file under `imports`"
