"""A wrapper that drops single weights of a layer during training."""

from __future__ import annotations

import inspect
import math
from typing import Annotated, Any, Literal

import keras
from annotated_types import Ge, Interval
from keras import ops

from kpipe.components.argument_check import check_arguments
from kpipe.keras_internals import assign_directly
from kpipe.layers._seeds import OwnSeeds, shared_seeds

#: The weights to drop by default: the first group that the layer has.
_DEFAULTS = (("recurrent_kernel",), ("kernel",), ("depthwise_kernel", "pointwise_kernel"))


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class DropConnect(keras.layers.Wrapper):  # type: ignore[misc,unused-ignore]
    """Drop single connections, not activations, of a layer during training.

    In training the layer uses W * M / (1 - rate) instead of its kernel W, where M_ij is 0 with probability `rate`, and
    1 otherwise.

    Wan, Zeiler, Zhang, LeCun and Fergus, "Regularization of neural networks using DropConnect", ICML 2013. The division
    preserves the expectation of each weight, so inference uses the kernel unchanged. Biases, which the paper masks too,
    are not dropped. Regularizers and constraints apply to the whole kernel, and a dropped weight receives no gradient
    from the batch.

    `mask="batch"` draws one M per step, the same for all samples, positions, time steps and replicas. `mask="sample"`
    draws one for each sample, as in the paper, and supports only Dense. Its gradients have less variance; the masked
    kernels require memory for samples * inputs * units numbers.

    `inference="gaussian"` is the inference of the paper and supports only Dense. Over the masks, the pre-activation has
    the mean u = W x + b and the variance rate / (1 - rate) (W * W) (x * x); the output is the mean of the activation
    over `samples` draws from the normal distribution with these moments. The draws depend only on `seed`, so
    predictions are repeatable and independent of other samples of the batch; they require memory for
    samples * batch * units numbers. Without an activation the result is that of `inference="mean"`, up to the noise of
    the draws.

    A recurrent layer drops recurrent weights, with one mask for all time steps of a batch. This is the weight drop of
    Merity, Keskar and Socher, "Regularizing and optimizing LSTM language models", ICLR 2018, section 2. With `kernels`
    the input weights (`kernel`) can be dropped as well. `initial_state=` is passed to the layer.

    Drop connect in the code of EfficientNet is different: it skips a residual branch for single samples, as
    `StochasticDepth(mode="sample")` does.

    Args:
        layer: a layer with a kernel: Dense, EinsumDense, a convolution (also transposed, depthwise or separable),
            SimpleRNN, LSTM, GRU, RNN of their cells, Bidirectional of these, or a custom layer with such a weight.
        rate: probability to drop a weight, at least 0 and below 1.
        mask: `batch` or `sample`, default `batch`.
        inference: `mean` or `gaussian`, default `mean`.
        samples: number of draws of the Gaussian inference, at least 1, default 1000.
        kernels: name or names of the weights to drop: `kernel`, `recurrent_kernel`, `depthwise_kernel`,
            `pointwise_kernel` or another attribute. Default None: `recurrent_kernel` if the layer has one, else
            `kernel`, else both kernels of a separable convolution.
        seed: integer seed of the draws; default None: derived from Keras' global seed.
        **kwargs: `name`, `dtype` and `trainable`; see `keras.layers.Layer`.

    Input shape:
        The input shape of the layer; with `sample`, (n, ..., inputs).

    Output shape:
        The output shape of the layer.

    Raises:
        ValueError: an argument is out of range, the layer does not have the kernels, the layer has LoRA or
            quantization, or `sample` or `gaussian` is used with a layer other than Dense.

    Example:
        >>> layer = DropConnect(keras.layers.Dense(2, kernel_initializer="ones"), rate=0.5, seed=1)
        >>> [float(y) for y in layer(keras.ops.array([[1.0, 2.0]]))[0]]
        [3.0, 3.0]
    """

    @check_arguments
    def __init__(
        self,
        layer: keras.layers.Layer,
        rate: Annotated[float, Interval(ge=0, lt=1)],
        mask: Literal["batch", "sample"] = "batch",
        inference: Literal["mean", "gaussian"] = "mean",
        samples: Annotated[int, Ge(1)] = 1000,
        kernels: str | list[str] | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        if not isinstance(layer, keras.layers.Layer):
            raise ValueError(
                f"layer: not a layer; expected a layer with a kernel, such as keras.layers.Dense, got {layer!r}"
            )
        if mask not in ("batch", "sample"):
            raise ValueError(f"mask: unknown value; expected batch or sample, got {mask!r}")
        if inference not in ("mean", "gaussian"):
            raise ValueError(f"inference: unknown value; expected mean or gaussian, got {inference!r}")
        for name, value in (("mask", mask), ("inference", inference)):
            if value in ("sample", "gaussian") and not _is_dense(layer):
                raise ValueError(f"{name}: {value} requires Dense; expected a Dense layer, got {type(layer).__name__}")
        names = [kernels] if isinstance(kernels, str) else kernels
        if names is not None and not (isinstance(names, list | tuple) and names and all(map(_is_string, names))):
            raise ValueError(
                "kernels: not a name; expected one name, such as recurrent_kernel, a list of names, or None, got "
                f"{kernels!r}"
            )
        accepted = list(inspect.signature(layer.build).parameters.values())[1:]
        if any(entry.default is entry.empty and entry.kind is entry.POSITIONAL_OR_KEYWORD for entry in accepted):
            raise ValueError(
                f"layer: {type(layer).__name__} has several inputs; expected a layer with one input and a kernel"
            )
        # The layer casts its inputs and variables by its own policy, and the stored kernel is dropped before the cast.
        super().__init__(layer, **{"autocast": False, **kwargs})
        self.rate = rate
        self.mask = mask
        self.inference = inference
        self.samples = int(samples)
        self.kernels = kernels
        self.seed = seed
        self.seed_generator = shared_seeds(seed) if mask == "batch" else OwnSeeds(seed)
        self.supports_masking = bool(layer.supports_masking)

    @property
    def random_in_training(self) -> bool:
        """Whether calls in training draw random numbers, which averages over masks keep."""
        return self.rate > 0

    def build(self, input_shape: Any) -> None:
        """Build the layer and check that it has the kernels."""
        super().build(input_shape)
        self._variables()
        self.built = True

    def call(self, inputs: Any, training: bool = False, mask: Any = None, initial_state: Any = None) -> Any:
        """Call the layer, in training with dropped weights."""
        outputs = self._outputs(inputs, training, mask, initial_state)
        return keras.tree.map_structure(lambda tensor: ops.cast(tensor, self.compute_dtype), outputs)

    def _outputs(self, inputs: Any, training: bool, mask: Any, initial_state: Any) -> Any:
        variables = self._variables()
        arguments = {"training": training, "mask": mask}
        if initial_state is not None:
            arguments["initial_state"] = initial_state
        if training and self.rate > 0:
            if self.mask == "sample":
                return self._by_sample(inputs, variables[0])
            return self._by_batch(inputs, variables, arguments)
        if self.inference == "gaussian" and self.rate > 0 and not training:
            return self._gaussian(inputs, variables[0])
        return self._run(inputs, arguments)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the output mask of the layer."""
        return self.layer.compute_mask(inputs, mask)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the output shape of the layer."""
        return self.layer.compute_output_shape(input_shape)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        own = ("rate", "mask", "inference", "samples", "kernels", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> DropConnect:
        """Create the layer from a configuration without modifying it, unlike Keras' `Wrapper`."""
        layer = keras.saving.deserialize_keras_object(config["layer"], custom_objects=custom_objects)
        return cls(**{**config, "layer": layer})

    def _run(self, inputs: Any, arguments: dict[str, Any]) -> Any:
        accepted = inspect.signature(self.layer.call).parameters
        passed = {name: value for name, value in arguments.items() if name in accepted or name == "initial_state"}
        return self.layer(inputs, **passed)

    def _by_batch(self, inputs: Any, variables: list[Any], arguments: dict[str, Any]) -> Any:
        with _Replaced([(variable, self._dropped(variable.value, variable.shape)) for variable in variables]) as scope:
            outputs = self._run(inputs, arguments)
        for loss in scope.losses:
            self.add_loss(loss)
        return outputs

    def _by_sample(self, inputs: Any, kernel: Any) -> Any:
        """Compute a Dense layer with a separate kernel for each sample."""
        dtype = self.layer.compute_dtype
        shape = [size if size is not None else ops.shape(inputs)[axis] for axis, size in enumerate(inputs.shape)]
        dropped = self._dropped(ops.cast(kernel.value, dtype), (shape[0], *kernel.shape))
        rows = ops.reshape(ops.cast(inputs, dtype), (shape[0], math.prod(shape[1:-1]), shape[-1]))
        outputs = ops.reshape(ops.matmul(rows, dropped), (*shape[:-1], kernel.shape[-1]))
        if self.layer.bias is not None:
            outputs = outputs + ops.cast(self.layer.bias.value, dtype)
        outputs = self.layer.activation(outputs)
        if self.layer.activity_regularizer is not None:
            loss = self.layer.activity_regularizer(outputs)
            self.add_loss(loss / ops.cast(shape[0], loss.dtype))
        return outputs

    def _gaussian(self, inputs: Any, kernel: Any) -> Any:
        """The mean of the activation over draws from the normal distribution of its input."""
        dtype = self.layer.compute_dtype
        wide = "float64" if dtype == "float64" else "float32"
        inputs, value = ops.cast(inputs, wide), ops.cast(kernel.value, wide)
        mean = ops.matmul(inputs, value)
        if self.layer.bias is not None:
            mean = mean + ops.cast(self.layer.bias.value, wide)
        variance = self.rate / (1 - self.rate) * ops.matmul(ops.square(inputs), ops.square(value))
        # The root has no finite slope at 0, the variance of an input of zeros.
        deviation = ops.sqrt(ops.maximum(variance, 1e-30))
        shape = (self.samples, *(1 for _ in inputs.shape[1:]), kernel.shape[-1])
        draws = keras.random.normal(shape, dtype=wide, seed=self.seed or 0)
        return ops.cast(ops.mean(self.layer.activation(mean + deviation * draws), axis=0), dtype)

    def _dropped(self, value: Any, shape: Any) -> Any:
        """The kernel with dropped weights; one kernel per sample if the shape has an axis of samples."""
        kept = keras.random.uniform(tuple(shape), dtype="float32", seed=self.seed_generator) >= self.rate
        return ops.where(kept, value / (1 - self.rate), ops.zeros_like(value))

    def _variables(self) -> list[Any]:
        """The weights to drop, looked up at each call, since LoRA and quantization may be enabled after `build`."""
        owners = _owners(self.layer)
        for owner in owners:
            if getattr(owner, "lora_enabled", False) or getattr(owner, "quantization_mode", None) is not None:
                raise ValueError(
                    f"{self.name}: {owner.name} has LoRA or is quantized, so its kernel is not a single weight; use a "
                    "layer without them"
                )
        names = self.kernels
        if names is None:
            names = next((list(found) for found in _DEFAULTS if _weight(owners[0], found[0]) is not None), ["kernel"])
        variables = []
        for name in [names] if isinstance(names, str) else names:
            for owner in owners:
                variable = _weight(owner, name)
                if variable is None:
                    raise ValueError(
                        f"{self.name}: {type(owner).__name__} has no weight {name!r} to drop; Dense, EinsumDense and "
                        "convolutions have kernel, separable convolutions have depthwise_kernel and pointwise_kernel, "
                        "recurrent layers have kernel and recurrent_kernel; pass the name with kernels="
                    )
                variables.append(variable)
        return variables


class _Replaced(keras.StatelessScope):  # type: ignore[misc,unused-ignore]
    """A scope in which some variables have other values, and that passes everything else to the outer scope.

    Keras consults only the innermost scope, and a JAX training has one around the whole step.
    """

    def __init__(self, values: list[tuple[Any, Any]]) -> None:
        super().__init__(collect_losses=True, initialize_variables=False)
        self._values = {id(variable): value for variable, value in values}

    def __enter__(self) -> _Replaced:
        super().__enter__()
        if self.original_scope is not None:
            self.collect_losses = self.original_scope.collect_losses
        return self

    def get_current_value(self, variable: Any) -> Any:
        if id(variable) in self._values:
            return self._values[id(variable)]
        return None if self.original_scope is None else self.original_scope.get_current_value(variable)

    def add_update(self, update: tuple[Any, Any]) -> None:
        if self.original_scope is not None:
            self.original_scope.add_update(update)
        else:
            variable, value = update
            assign_directly(variable, value)

    def add_loss(self, loss: Any) -> None:
        # An outer scope assigns the loss to a layer; without one, losses in this scope have no owner.
        if self.original_scope is not None:
            self.original_scope.add_loss(loss)
        else:
            super().add_loss(loss)


def _is_string(value: Any) -> bool:
    return isinstance(value, str)


def _is_dense(layer: Any) -> bool:
    return isinstance(layer, keras.layers.Dense) and type(layer).call is keras.layers.Dense.call


def _owners(layer: Any) -> list[Any]:
    """The layers that own the kernels: for recurrent layers, their cells."""
    if isinstance(layer, keras.layers.Bidirectional):
        return [*_owners(layer.forward_layer), *_owners(layer.backward_layer)]
    if isinstance(layer, keras.layers.StackedRNNCells):
        return [owner for cell in layer.cells for owner in _owners(cell)]
    return _owners(layer.cell) if isinstance(layer, keras.layers.RNN) else [layer]


def _weight(owner: Any, name: str) -> Any | None:
    value = getattr(owner, name, None)
    return value if isinstance(value, keras.Variable) else None
