"""A layer that computes a formula."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from kpipe.components.argument_check import check_arguments
from kpipe.components.tensor_formula import parse_formula
from kpipe.layers._arguments import wide_dtype
from kpipe.messages.counted import counted

_SMALL_INTEGERS = ("bool", "int8", "uint8", "int16", "uint16")


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class Formula(keras.layers.Layer):  # type: ignore[misc,unused-ignore]
    """Compute a formula of one or several tensors, such as `x * 5`, `abs(a - b)` or `x // 64`.

    A formula consists of names of tensors, numbers, operators, and functions of `keras.ops`. It is parsed once, and no
    Python code is executed, so that a saved model can be loaded safely.

    Floats are computed in float32, or float64, and returned in the compute data type of the layer. Integers remain
    integers, so that codes and ids are exact, also in mixed precision; those of fewer than 32 bits become int32. `/`
    and functions such as `sqrt` return floats.

    The tensors of an operation have the same number of axes, and the axis of the samples is never reduced: otherwise
    samples would be mixed.

    Args:
        expression: the formula; each name in it that is not a function is a tensor. Operators: `+ - * / // % **`, and
            one comparison (1 where it is true, else 0). Functions of each element: `abs ceil cos erf exp expm1 floor
            log log1p relu round rsqrt sigmoid sign sin softplus sqrt square tan tanh`, `maximum(a, b)`,
            `minimum(a, b)`, `clip(x, low, high)` and `where(condition, a, b)`. Functions over axes: `sum mean max min`,
            such as `mean(x, axis=-1, keepdims=true)`.
        **kwargs: `name`, `dtype` and `trainable`; see `keras.layers.Layer`.

    Input shape:
        Any shape, if the formula has one name. For several names, a mapping from name to tensor; in a spec
        `inputs: {a: left, b: right}`.

    Output shape:
        That of the formula, by the rules of broadcasting.

    Raises:
        ArgumentError: the formula is invalid.
        ValueError: the inputs do not fit the formula, or samples would be mixed.

    Example:
        >>> layer = Formula("abs(a - b) / 2")
        >>> layer({"a": keras.ops.array([[1.0, 5.0]]), "b": keras.ops.array([[3.0, 1.0]])}).numpy().tolist()
        [[1.0, 2.0]]
    """

    @check_arguments
    def __init__(self, expression: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.autocast = False
        self.expression = expression
        self._formula = parse_formula(expression, "expression")
        self.supports_masking = True

    @property
    def named_inputs(self) -> tuple[str, ...]:
        """The names of the tensors of the formula."""
        return self._formula.names

    def build(self, input_shape: Any) -> None:
        """Check that the formula can be computed for inputs of a shape."""
        self.compute_output_shape(input_shape)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Return the value of the formula."""
        tensors = {name: self._converted(tensor) for name, tensor in self._by_name(inputs).items()}
        result = self._formula(tensors)
        kind = keras.backend.standardize_dtype(result.dtype)
        return result if "int" in kind else ops.cast(result, self.compute_dtype)

    def compute_output_spec(self, inputs: Any) -> Any:
        """Return the shape and the data type of the formula."""
        symbolic = keras.tree.map_structure(lambda tensor: keras.KerasTensor(tensor.shape, tensor.dtype), inputs)
        output = self.call(symbolic)
        return keras.KerasTensor(output.shape, output.dtype)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Return the shape of the formula."""
        return tuple(self.compute_output_spec(self._symbolic(input_shape)).shape)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Return the positions that all masks keep; None if the formula reduces axes."""
        masks = [mask for mask in keras.tree.flatten(previous_mask) if mask is not None]
        if not masks or self._formula.has_reductions:
            return None
        combined = masks[0]
        for mask in masks[1:]:
            combined = ops.logical_and(combined, mask)
        return combined

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), "expression": self.expression}

    def _symbolic(self, shape: Any) -> Any:
        """Symbolic tensors of a shape, of a mapping of shapes, or of a list of them."""
        if isinstance(shape, Mapping):
            return {name: self._symbolic(entry) for name, entry in shape.items()}
        if any(isinstance(entry, list | tuple) for entry in shape):
            return [self._symbolic(entry) for entry in shape]
        return keras.KerasTensor(shape, self.compute_dtype)

    def _by_name(self, inputs: Any) -> Mapping[str, Any]:
        names = self._formula.names
        if isinstance(inputs, Mapping):
            if set(inputs) != set(names):
                raise ValueError(f"{self.name}: expected tensors for {', '.join(names)}, got {', '.join(inputs)}")
            return inputs
        several = list(inputs) if isinstance(inputs, list | tuple) else [inputs]
        if len(names) > 1 or len(several) > 1:
            example = ", ".join(f"{name}: ..." for name in names)
            raise ValueError(
                f"{self.name}: expected a tensor for each of {', '.join(names)}, by name, got "
                f"{counted(len(several), 'tensor')}; write `inputs: {{{example}}}`"
            )
        return {names[0]: several[0]}

    def _converted(self, tensor: Any) -> Any:
        """A tensor as it is computed with: floats in float32 or float64, integers with at least 32 bits."""
        tensor = tensor if hasattr(tensor, "shape") and hasattr(tensor, "dtype") else ops.convert_to_tensor(tensor)
        kind = keras.backend.standardize_dtype(tensor.dtype)
        if kind in _SMALL_INTEGERS:
            return ops.cast(tensor, "int32")
        return tensor if "int" in kind else ops.cast(tensor, wide_dtype(self, tensor))
