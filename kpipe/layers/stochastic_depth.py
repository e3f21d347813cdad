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
    """A residual branch that survives each training step with a probability; add it to its shortcut.

    Training: b f(x), with b = 1 with probability `survival` and else 0. Inference: survival · f(x).

    Huang, Sun, Liu, Sedra and Weinberger, "Deep networks with stochastic depth", ECCV 2016, equations 2 and 5. Their
    survival falls from 1 linearly with the depth (`depth_schedule`, equation 4).

    `mode="batch"` draws one b a step, the same on all replicas, and does not compute a skipped branch, neither
    forward nor backward, which saves time. The memory must suffice for a step with all branches and for a compiled
    choice of each branch, which also takes longer to compile. `mode="sample"` draws one b for each
    sample and computes everything; it is known as drop connect (EfficientNet's code) and DropPath, which divide by the
    survival during training.

    A skipped branch keeps its state: the running statistics of BatchNormalization, the seeds of dropout. Its
    gradients are zeros, not absent: an optimizer with momentum continues to move its weights by earlier gradients, and
    weight decay continues to shrink them. Losses that layers inside add are those of the computed branch.

    Args:
        branch: a layer or a model with one input and one output.
        survival: the probability that the branch is used, above 0 and at most 1, default 0.5.
        mode: `batch` or `sample`, default `batch`.
        seed: of the draws, an integer; default None: from Keras' global seed.
        **kwargs: `name`, `dtype` and `trainable`, as of every Keras layer.

    Input shape:
        That of the branch, the samples first.

    Output shape:
        That of the branch.

    Raises:
        ValueError: an argument out of its range; with `mode="batch"`, a synchronized BatchNormalization inside the
            branch while several replicas train, since replicas cannot wait for each other inside of a choice, or a
            size of the output that is known only once it is computed.

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
                f"branch: not a layer; expected a layer or a model, keras.Sequential([...]) for several, got {branch!r}"
            )
        if mode not in ("batch", "sample"):
            raise ValueError(f"mode: unknown value; expected batch or sample, got {mode!r}")
        self.branch = branch
        self.survival = survival
        self.mode = mode
        self.seed = seed
        self.seed_generator = shared_seeds(seed) if mode == "batch" else OwnSeeds(seed)
        self.supports_masking = True

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Builds the branch."""
        if not isinstance(input_shape, tuple | list) or any(isinstance(entry, tuple | list) for entry in input_shape):
            raise ValueError(f"{self.name}: several inputs; expected one, got the shapes {input_shape}")
        if not self.branch.built:
            self.branch.build(input_shape)
            self.branch.built = True
        self._spec: Any = self._spec_of(input_shape)
        if not isinstance(self._spec, keras.KerasTensor):
            raise ValueError(f"{self.name}: the branch has several outputs; expected one, got {self._spec}")
        if self.mode == "batch":
            self._refuse_unknown_sizes(input_shape)
        same_axes = len(self._spec.shape) == len(input_shape)
        self._keeps_masks = same_axes and all(leaf.supports_masking for leaf in _leaves(self.branch))
        if self._keeps_masks and isinstance(self.branch, keras.Model):
            # Otherwise Keras warns that the model ends the mask, which its layers use and this layer passes on.
            self.branch.supports_masking = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Scale or skip the branch."""
        if self.survival < 1 and training and self.mode == "batch":
            return self._computed_or_not(inputs)
        outputs = self.branch(inputs, training=training)
        if self.survival < 1 and training:
            shape = (ops.shape(outputs)[0], *(1 for _ in outputs.shape[1:]))
            draws = keras.random.uniform(shape, dtype="float32", seed=self.seed_generator)
            outputs = outputs * ops.cast(draws < self.survival, outputs.dtype)
        elif self.survival < 1:
            # A Python number keeps half precision, and converts integers to floats.
            outputs = ops.multiply(outputs, self.survival)
        return ops.cast(outputs, self.compute_dtype)

    def _computed_or_not(self, inputs: Any) -> Any:
        _refuse_synchronized(self)
        trained = {id(variable) for variable in self.branch.trainable_variables}
        state = [variable for variable in self.branch.variables if id(variable) not in trained]
        before = [variable.value for variable in state]
        weights = [(variable, variable.value) for variable in self.branch.trainable_variables]
        added: list[int] = []

        def computed() -> Any:
            # State must not change inside a choice except by its results.
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
                outputs = outputs + ops.cast(_nothing_of([value for _, value in weights]), dtype)
            return outputs, [ops.convert_to_tensor(value) for value in before], ops.zeros((), "float32")

        draw = keras.random.uniform((), dtype="float32", seed=self.seed_generator)
        outputs, after, loss = ops.cond(draw < self.survival, computed, skipped)
        for variable, value in zip(state, after, strict=True):
            variable.assign(value)
        if any(added):
            self.add_loss(loss)
        return outputs

    def _refuse_unknown_sizes(self, input_shape: tuple[int | None, ...]) -> None:
        """Refuse outputs whose sizes are unknown before they are computed, except sizes of the input."""
        spec = self._spec
        for axis, size in enumerate(spec.shape):
            if axis == 0 or size is not None:
                continue
            for trial in (64, 96):
                sizes = [trial if entry is None and i else entry for i, entry in enumerate(input_shape)]
                if axis >= len(input_shape) or input_shape[axis] or self._spec_of(tuple(sizes)).shape[axis] != trial:
                    raise ValueError(
                        f"{self.name}: for the input {tuple(input_shape)} the branch outputs {tuple(spec.shape)}, "
                        "and the size of a skipped branch is unknown; give the input sizes, or write mode='sample'"
                    )

    def _spec_of(self, shape: tuple[int | None, ...]) -> Any:
        return self.branch.compute_output_spec(keras.KerasTensor(shape, dtype=self.compute_dtype))

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """The input's, where the branch leaves the masked axes as they are and all of its layers hand masks on."""
        if previous_mask is None or not self._keeps_masks:
            return None
        masked = slice(1, len(previous_mask.shape))
        return previous_mask if tuple(self._spec.shape[masked]) == tuple(inputs.shape[masked]) else None

    def compute_output_spec(self, inputs: Any, training: bool = False) -> Any:
        """The shape of the branch's, of the data type that this layer computes in."""
        return keras.KerasTensor(self.branch.compute_output_spec(inputs).shape, dtype=self.compute_dtype)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> Any:
        """That of the branch."""
        return self.branch.compute_output_shape(input_shape)

    def get_config(self) -> dict[str, Any]:
        """What the constructor was given."""
        own = {name: getattr(self, name) for name in ("survival", "mode", "seed")}
        return {**super().get_config(), "branch": keras.saving.serialize_keras_object(self.branch), **own}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> StochasticDepth:
        """The layer of a configuration."""
        branch = keras.saving.deserialize_keras_object(config["branch"], custom_objects=custom_objects)
        return cls(**{**config, "branch": branch})


def _refuse_synchronized(layer: StochasticDepth) -> None:
    if replica_number() is None:
        return
    for entry in sublayers(layer.branch, include_self=True):
        if getattr(entry, "synchronized", False):
            raise ValueError(
                f"{layer.name}: {entry.name} in its branch is synchronized, and replicas cannot wait for each other in "
                "a branch that is skipped in some steps; write synchronized=False or mode='sample', or use GroupNorm"
            )


def _leaves(layer: Any) -> list[Any]:
    """A layer, or those that a model computes with."""
    if isinstance(layer, keras.Model):
        return [leaf for inner in layer.layers for leaf in _leaves(inner)]
    return [] if isinstance(layer, keras.layers.InputLayer) else [layer]


def _runs_eagerly() -> bool:
    """Whether a choice is made by Python, so that autograd never sees the path that is not taken."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return bool(tf.executing_eagerly())
    return bool(keras.backend.backend() == "torch")


def _nothing_of(weights: list[Any]) -> Any:
    """Zero, with gradients that are zeros: optimizers move the weights that have those, and pass over others."""
    firsts = [ops.cast(ops.reshape(weight, (-1,))[0], "float32") for weight in weights]
    return sum((ops.where(False, first, 0.0) for first in firsts), ops.zeros((), "float32"))
