"""Elastic net regularization of the kernels of a built model."""

from __future__ import annotations

from typing import Any

import keras

from kpipe.keras_internals import ATTENTION_KERNEL_REGULARIZER, DENSE_KERNEL, sublayers
from kpipe.layers import SqueezeExcite

#: The variable that each attribute regularizes. Biases, normalization and embeddings are not regularized.
KERNELS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("kernel_regularizer", (DENSE_KERNEL, "kernel")),
    ("recurrent_regularizer", ("recurrent_kernel",)),
    ("depthwise_regularizer", ("depthwise_kernel", "kernel")),
    ("pointwise_regularizer", ("pointwise_kernel",)),
)


def regularize(model: keras.Model, l1: float = 0.0, l2: float = 0.0) -> list[str]:
    """Add l1 sum |w| + l2 sum w^2 of every trainable kernel w to the loss.

    This is the elastic net without its rescaling, as in Keras (Zou and Hastie, "Regularization and variable selection
    via the elastic net", J. R. Statist. Soc. B 67, 2005). Kernels that already have a regularizer keep it. Layers
    inside wrappers, recurrent layers and nested models are included. The regularizer becomes part of the
    configuration of the layers.

    Args:
        model: a built model.
        l1: factor of the absolute values, at least 0.
        l2: factor of the squares, at least 0.

    Returns:
        The paths of the trainable kernels that are regularized with these factors; empty if both factors are 0.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="out")], name="net")
        >>> regularize(model, l2=0.1)
        ['net/out/kernel']
    """
    if not (l1 or l2):
        return []
    trainable = {id(variable) for variable in model.trainable_variables}
    changed: list[str] = []
    for layer in sublayers(model):
        for attribute, variables in KERNELS:
            variable = _variable(layer, variables, trainable)
            given = getattr(layer, attribute, layer)
            if variable is None or not (given is None or _is_elastic_net(given, l1, l2)):
                continue
            # In a further stage of a training, kernels of the former one have it already.
            if given is None:
                setattr(layer, attribute, keras.regularizers.L1L2(l1=l1, l2=l2))
                variable.regularizer = getattr(layer, attribute)
            changed.append(variable.path)
        _add_to_configuration(layer, l1, l2)
    return changed


def _is_elastic_net(regularizer: Any, l1: float, l2: float) -> bool:
    wanted = keras.regularizers.L1L2(l1=l1, l2=l2).get_config()
    return type(regularizer) is keras.regularizers.L1L2 and regularizer.get_config() == wanted


def _variable(layer: Any, names: tuple[str, ...], trainable: set[int]) -> Any | None:
    for name in names:
        variable = getattr(layer, name, None)
        if id(variable) in trainable:
            return variable
    return None


def _add_to_configuration(layer: Any, l1: float, l2: float) -> None:
    # The configuration of these layers does not include that of the dense layers inside them.
    attribute = "kernel_regularizer" if isinstance(layer, SqueezeExcite) else ATTENTION_KERNEL_REGULARIZER
    if layer.trainable and attribute in vars(layer) and getattr(layer, attribute) is None:
        setattr(layer, attribute, keras.regularizers.L1L2(l1=l1, l2=l2))
