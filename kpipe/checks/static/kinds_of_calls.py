"""Kinds of calls that several checks distinguish."""

from __future__ import annotations

from kpipe.checks.static.call import Call

#: Classes that keep the meaning of values, since they reshape, pool, cast or drop them.
_PRESERVING = frozenset(
    {
        "AlphaDropout",
        "AveragePooling1D",
        "AveragePooling2D",
        "AveragePooling3D",
        "Cast",
        "CenterCrop",
        "Concatenate",
        "Cropping1D",
        "Cropping2D",
        "Cropping3D",
        "Dropout",
        "Flatten",
        "GaussianDropout",
        "GaussianNoise",
        "GetItem",
        "GlobalAveragePooling1D",
        "GlobalAveragePooling2D",
        "GlobalAveragePooling3D",
        "Identity",
        "Permute",
        "RepeatVector",
        "Reshape",
        "Slice",
        "SpatialDropout1D",
        "SpatialDropout2D",
        "SpatialDropout3D",
        "Split",
        "Squeeze",
        "Transpose",
        "ZeroPadding1D",
        "ZeroPadding2D",
        "ZeroPadding3D",
    }
)
#: Classes that, in addition, select values of their input.
_SELECTING = frozenset(
    {
        "GlobalMaxPooling1D",
        "GlobalMaxPooling2D",
        "GlobalMaxPooling3D",
        "MaxPooling1D",
        "MaxPooling2D",
        "MaxPooling3D",
        "FractionalMaxPooling2D",
        "RandomFlip",
        "RandomCrop",
        "RandomTranslation",
        "RandomRotation",
        "RandomZoom",
        "Resizing",
        "UpSampling1D",
        "UpSampling2D",
        "UpSampling3D",
    }
)
_MULTIPLYING = frozenset(
    {
        "Divide",
        "Dot",
        "Einsum",
        "Matmul",
        "Multiply",
        "SqueezeExcite",
        "TrueDivide",
        "Attention",
        "Formula",
    }
)
_ADDING = frozenset(
    {
        "Add",
        "Average",
        "FractalJoin",
        "Subtract",
    }
)


def has_weights(call: Call) -> bool:
    """Return whether a call multiplies its input by weights."""
    return call.kernel is not None


def preserves(call: Call) -> bool:
    """Return whether the output of a call consists of values of its input, or their averages."""
    return call.class_name in _PRESERVING or (call.class_name == "Activation" and call.activation == "linear")


def selects(call: Call) -> bool:
    """Return whether the output of a call lies in the range of its input."""
    return preserves(call) or call.class_name in _SELECTING


def multiplies(call: Call) -> bool:
    """Return whether a call may multiply its inputs with each other, as gates and attention do."""
    return call.class_name in _MULTIPLYING


def adds(call: Call) -> bool:
    """Return whether a call adds its inputs, as the end of a residual branch does."""
    return call.class_name in _ADDING and len(call.inputs) > 1
