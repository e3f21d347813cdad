"""Scaling kernels so that the outputs of their layers have unit variance."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from kpipe.keras_internals import sublayers
from kpipe.layers import DecorrelatedBatchNorm
from kpipe.train.devices.training_variables import read_variable, write_variable
from kpipe.train.initialize.calls_of_layers import calls_of_layers
from kpipe.train.initialize.initialization_context import InitializationContext
from kpipe.train.initialize.kernel_layer import KernelLayer
from kpipe.train.initialize.output_variance import output_variance
from kpipe.train.initialize.scaled_layer import ScaledLayer

#: Layers that use the statistics of the batch in training.
_NORMALIZATIONS = (keras.layers.BatchNormalization, DecorrelatedBatchNorm)
#: Below it, a variance is that of rounding errors.
_LOWEST = 1e-12
#: The part of the expected change of a variance below which it does not depend on the scale of the kernel.
_NO_CHANGE = 0.1
#: The stream of random numbers of the kernels.
_STREAM = 1511

Arguments = tuple[Any, ...]
Options = dict[str, Any]


class UnitVariance:
    """Replaces kernels by orthonormal ones, and scales them so that the outputs of their layers have unit variance.

    The kernel of a layer depends on the seed and on the place of the layer in the order of computation, but not on
    which other layers are skipped.

    Args:
        context: the model and its samples.
        layers: the layers with kernels.
        tolerance: the largest difference of a variance from 1.
        max_trials: the most corrections of a kernel.

    Attributes:
        scaled: the layers that were scaled, by path in the order of computation.
        skipped: why the other layers were skipped, by path.
    """

    def __init__(
        self, context: InitializationContext, layers: Sequence[KernelLayer], tolerance: float, max_trials: int
    ) -> None:
        self._context, self._tolerance, self._max_trials = context, tolerance, max_trials
        self.scaled: dict[str, ScaledLayer] = {}
        self.skipped = {entry.path: entry.reason for entry in layers if entry.reason is not None}
        self._by_call = {id(entry.called): entry for entry in layers if entry.kernels}
        self._kernels: dict[str, npt.NDArray[np.float32]] = {}
        self._initial: dict[str, list[list[npt.NDArray[Any]]]] = {}

    def run(self) -> None:
        """Initialize the model."""
        inputs = self._context.inputs()
        with _unchanged_statistics(self._context.model):
            self._draw_kernels(self._count_calls(inputs))
            self._run_model(inputs, self._scale)

    def _count_calls(self, inputs: Any) -> Counter[str]:
        """Return how often each layer is called, in the order of the first calls."""
        counts: Counter[str] = Counter()

        def count(layer: Any, own: Callable[..., Any], arguments: Arguments, options: Options) -> Any:
            counts[self._by_call[id(layer)].path] += 1
            return own(*arguments, **options)

        self._run_model(inputs, count)
        return counts

    def _draw_kernels(self, counts: Counter[str]) -> None:
        by_path = {entry.path: entry for entry in self._by_call.values()}
        for path in by_path:
            if path not in counts:
                self.skipped.setdefault(path, "not called in inference")
        for place, (path, count) in enumerate(counts.items()):
            if count > 1:
                self.skipped.setdefault(path, f"called {count} times, so that no scale fits all of its inputs")
            if path in self.skipped:
                continue
            generator = np.random.default_rng([self._context.seed, _STREAM, place])
            entry = by_path[path]
            self._initial[path] = [read_variable(variable) for variable, _ in entry.kernels]
            for variable, form in entry.kernels:
                self._kernels[path] = form.orthonormal(variable.shape, generator)
                write_variable(variable, [self._kernels[path]])

    def _run_model(self, inputs: Any, call: Callable[..., Any]) -> None:
        """Run the model in inference mode, except for normalizations, with a function in place of the calls."""
        normalizations = [layer for layer in sublayers(self._context.model) if isinstance(layer, _NORMALIZATIONS)]
        with (
            calls_of_layers(normalizations, _call_in_training),
            calls_of_layers([entry.called for entry in self._by_call.values()], call),
        ):
            self._context.model(inputs, training=False)

    def _scale(self, layer: Any, own: Callable[..., Any], arguments: Arguments, options: Options) -> Any:
        entry = self._by_call[id(layer)]
        if entry.path in self._kernels:
            with _without_activation(entry.layer):
                self._scale_kernel(entry, lambda: output_variance(own(*arguments, **options)))
        return own(*arguments, **options)

    def _scale_kernel(self, entry: KernelLayer, measure: Callable[[], float]) -> None:
        path, kernel = entry.path, self._kernels.pop(entry.path)
        variance, trials = measure(), 0
        if not math.isfinite(variance):
            self._skip(path, "its outputs are not finite")
            return
        if variance < _LOWEST:
            self._skip(path, "the variance of its outputs is zero")
            return
        while abs(variance - 1) >= self._tolerance and trials < self._max_trials:
            before = variance
            kernel = kernel / math.sqrt(variance)
            entry.scaled.assign(kernel)
            variance, trials = measure(), trials + 1
            if trials == 1 and abs(variance - before) <= _NO_CHANGE * abs(1 - before):
                self._skip(path, "the variance of its outputs does not depend on the scale of its kernel")
                return
        del self._initial[path]
        self.scaled[path] = ScaledLayer(variance, trials)

    def _skip(self, path: str, reason: str) -> None:
        """Restore the initial kernels of a layer."""
        entry = next(entry for entry in self._by_call.values() if entry.path == path)
        for (variable, _), values in zip(entry.kernels, self._initial.pop(path), strict=True):
            variable.assign(values[0])
        self.skipped[path] = reason


def _call_in_training(layer: Any, own: Callable[..., Any], arguments: Arguments, options: Options) -> Any:
    del layer
    return own(*arguments, **{**options, "training": True})


@contextmanager
def _without_activation(layer: Any) -> Iterator[None]:
    # Not through Keras, which tracks assignments to attributes.
    activation = vars(layer)["activation"]
    vars(layer)["activation"] = None
    try:
        yield
    finally:
        vars(layer)["activation"] = activation


@contextmanager
def _unchanged_statistics(model: keras.Model) -> Iterator[None]:
    """Restore the statistics of normalizations, the seeds of layers, and other variables that are not trained."""
    values = [(variable, read_variable(variable)) for variable in model.non_trainable_variables]
    try:
        yield
    finally:
        for variable, value in values:
            write_variable(variable, value)
