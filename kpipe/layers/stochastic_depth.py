"""A residual branch that is skipped at random during training."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import keras
from annotated_types import Interval
from keras import ops

from kpipe.components.argument_check import check_arguments
from kpipe.keras_internals import sublayers
from kpipe.layers._seeds import OwnSeeds, replica_number, shared_seeds


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class StochasticDepth(keras.layers.Layer):  # type: ignore[misc,unused-ignore]
    """Apply a residual branch that is skipped at random in training steps; add its output to the shortcut.

    In training the output is b f(x), where b is 1 with probability `survival` and 0 otherwise. In inference it is
    survival · f(x).

    Huang, Sun, Liu, Sedra and Weinberger, "Deep networks with stochastic depth", ECCV 2016, equations 2 and 5. In the
    paper the survival falls linearly with the depth, from 1 (`depth_schedule`, equation 4).

    `mode="batch"` draws one b per step, the same on all replicas, and computes a skipped branch neither forward nor
    backward, which saves time. The memory must suffice for a step with all branches and for a compiled conditional per
    branch, which also takes longer to compile. `mode="sample"` draws one b for each sample and computes everything; it
    is known as drop connect (in the code of EfficientNet) and DropPath, which divide by the survival during training.

    A skipped branch keeps its state: the moving statistics of BatchNormalization and the seeds of dropout. Its
    gradients are zero, not absent: an optimizer with momentum continues to move its weights by earlier gradients, and
    weight decay continues to shrink them. Losses added by layers inside the branch count only when it is computed.

    Args:
        branch: a layer or a model with one input and one output.
        survival: probability that the branch is used, above 0 and at most 1, default 0.5.
        mode: `batch` or `sample`, default `batch`.
        seed: integer seed of the draws; default None: derived from Keras' global seed.
        **kwargs: `name`, `dtype` and `trainable`; see `keras.layers.Layer`.

    Input shape:
        The input shape of the branch, with the batch as the first axis.

    Output shape:
        The output shape of the branch.

    Raises:
        ValueError: an argument is out of range; with `mode="batch"`, the branch contains a synchronized
            BatchNormalization while several replicas train, because replicas cannot wait for each other inside a
            conditional, or a size of the output is known only once it is computed.

    Example:
        >>> layer = StochasticDepth(keras.layers.Rescaling(10.0), survival=0.8)
        >>> float(layer(keras.ops.array([[1.0]]))[0, 0])
        8.0
    """

    @check_arguments
    def __init__(
        self,
        branch: keras.layers.Layer,
        survival: Annotated[float, Interval(gt=0, le=1)] = 0.5,
        mode: Literal["batch", "sample"] = "batch",
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"autocast": False, **kwargs})
        if not isinstance(branch, keras.layers.Layer):
            raise ValueError(
                "branch: not a layer; expected a layer or a model, such as keras.Sequential([...]) for several layers, "
                f"got {branch!r}"
            )
        if mode not in ("batch", "sample"):
            raise ValueError(f"mode: unknown value; expected batch or sample, got {mode!r}")
        self.branch = branch
        self.survival = survival
        self.mode = mode
        self.seed = seed
        self.seed_generator = shared_seeds(seed) if mode == "batch" else OwnSeeds(seed)
        self.supports_masking = True

    @property
    def random_in_training(self) -> bool:
        """Whether calls in training draw random numbers, which averages over masks keep."""
        return self.survival < 1

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Build the branch."""
        if not isinstance(input_shape, tuple | list) or any(isinstance(entry, tuple | list) for entry in input_shape):
            raise ValueError(f"{self.name}: several inputs; expected one input, got the shapes {input_shape}")
        if not self.branch.built:
            self.branch.build(input_shape)
            self.branch.built = True
        self._spec: Any = self._spec_of(input_shape)
        if not isinstance(self._spec, keras.KerasTensor):
            raise ValueError(f"{self.name}: the branch has several outputs; expected one output, got {self._spec}")
        if self.mode == "batch":
            self._check_sizes(input_shape)
        same_axes = len(self._spec.shape) == len(input_shape)
        self._keeps_masks = same_axes and all(leaf.supports_masking for leaf in _leaves(self.branch))
        if self._keeps_masks and isinstance(self.branch, keras.Model):
            # Otherwise Keras warns that the model drops the mask, although this layer passes it on.
            self.branch.supports_masking = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Compute, scale or skip the branch."""
        if self.survival < 1 and training and self.mode == "batch":
            return self._computed_or_skipped(inputs)
        outputs = self.branch(inputs, training=training)
        if self.survival < 1 and training:
            shape = (ops.shape(outputs)[0], *(1 for _ in outputs.shape[1:]))
            draws = keras.random.uniform(shape, dtype="float32", seed=self.seed_generator)
            outputs = outputs * ops.cast(draws < self.survival, outputs.dtype)
        elif self.survival < 1:
            # A Python number preserves half precision, and converts integers to floats.
            outputs = ops.multiply(outputs, self.survival)
        return ops.cast(outputs, self.compute_dtype)

    def _computed_or_skipped(self, inputs: Any) -> Any:
        _check_synchronized(self)
        trained = {id(variable) for variable in self.branch.trainable_variables}
        state = [variable for variable in self.branch.variables if id(variable) not in trained]
        before = [variable.value for variable in state]
        weights = [(variable, variable.value) for variable in self.branch.trainable_variables]
        added: list[int] = []

        def computed() -> Any:
            # State may leave the conditional only as one of its results.
            mapping = [*weights, *zip(state, before, strict=True)]
            with keras.StatelessScope(state_mapping=mapping, collect_losses=True) as scope:
                outputs = ops.cast(self.branch(inputs, training=True), self.compute_dtype)
            after = [scope.get_current_value(variable) for variable in state]
            added.append(len(scope.losses))
            return outputs, after, sum(scope.losses, ops.zeros((), "float32"))

        def skipped() -> Any:
            shape, dtype = self._spec.shape, self.compute_dtype
            outputs = ops.zeros([ops.shape(inputs)[i] if size is None else size for i, size in enumerate(shape)], dtype)
            if _runs_eagerly():
                outputs = outputs + ops.cast(_zero_of([value for _, value in weights]), dtype)
            return outputs, [ops.convert_to_tensor(value) for value in before], ops.zeros((), "float32")

        draw = keras.random.uniform((), dtype="float32", seed=self.seed_generator)
        outputs, after, loss = ops.cond(draw < self.survival, computed, skipped)
        for variable, value in zip(state, after, strict=True):
            variable.assign(value)
        if any(added):
            self.add_loss(loss)
        return outputs

    def _check_sizes(self, input_shape: tuple[int | None, ...]) -> None:
        """Check that the output sizes are known before the branch is computed, or equal to those of the input."""
        spec = self._spec
        for axis, size in enumerate(spec.shape):
            if axis == 0 or size is not None:
                continue
            for trial in (64, 96):
                sizes = [trial if entry is None and i else entry for i, entry in enumerate(input_shape)]
                if axis >= len(input_shape) or input_shape[axis] or self._spec_of(tuple(sizes)).shape[axis] != trial:
                    raise ValueError(
                        f"{self.name}: for the input shape {tuple(input_shape)}, the output shape {tuple(spec.shape)} "
                        "of a skipped branch is unknown; set the sizes of the input, or write mode='sample'"
                    )

    def _spec_of(self, shape: tuple[int | None, ...]) -> Any:
        return self.branch.compute_output_spec(keras.KerasTensor(shape, dtype=self.compute_dtype))

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Return the input mask if the branch keeps the masked axes and all of its layers pass masks on."""
        if previous_mask is None or not self._keeps_masks:
            return None
        masked = slice(1, len(previous_mask.shape))
        return previous_mask if tuple(self._spec.shape[masked]) == tuple(inputs.shape[masked]) else None

    def compute_output_spec(self, inputs: Any, training: bool = False) -> Any:
        """Return the output shape of the branch with the compute data type of this layer."""
        return keras.KerasTensor(self.branch.compute_output_spec(inputs).shape, dtype=self.compute_dtype)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> Any:
        """Return the output shape of the branch."""
        return self.branch.compute_output_shape(input_shape)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        own = {name: getattr(self, name) for name in ("survival", "mode", "seed")}
        return {**super().get_config(), "branch": keras.saving.serialize_keras_object(self.branch), **own}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> StochasticDepth:
        """Create the layer from a configuration."""
        branch = keras.saving.deserialize_keras_object(config["branch"], custom_objects=custom_objects)
        return cls(**{**config, "branch": branch})


def _check_synchronized(layer: StochasticDepth) -> None:
    if replica_number() is None:
        return
    for entry in sublayers(layer.branch, include_self=True):
        if getattr(entry, "synchronized", False):
            raise ValueError(
                f"{layer.name}: {entry.name} in its branch is synchronized, but replicas cannot wait for each other in "
                "a branch that is skipped in some steps; use GroupNorm, turn `synchronized` off, or set `mode` to "
                "'sample'"
            )


def _leaves(layer: Any) -> list[Any]:
    """A layer as a list, or the layers of a model at any depth."""
    if isinstance(layer, keras.Model):
        return [leaf for inner in layer.layers for leaf in _leaves(inner)]
    return [] if isinstance(layer, keras.layers.InputLayer) else [layer]


def _runs_eagerly() -> bool:
    """Whether conditionals run in Python, where automatic differentiation does not see the other path."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return bool(tf.executing_eagerly())
    return bool(keras.backend.backend() == "torch")


def _zero_of(weights: list[Any]) -> Any:
    """A zero whose gradients are zero, because optimizers skip weights without gradients."""
    firsts = [ops.cast(ops.reshape(weight, (-1,))[0], "float32") for weight in weights]
    return sum((ops.where(False, first, 0.0) for first in firsts), ops.zeros((), "float32"))
