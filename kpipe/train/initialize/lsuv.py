"""LSUV: layer-sequential unit-variance initialization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from annotated_types import Ge, Interval

from kpipe.components.argument_check import check_arguments
from kpipe.train.initialize.initialization import Initialization
from kpipe.train.initialize.initialization_context import InitializationContext
from kpipe.train.initialize.initialization_report import InitializationReport

if TYPE_CHECKING:
    from kpipe.train.initialize.kernel_layer import KernelLayer


class LSUV(Initialization):
    """Layer-sequential unit-variance initialization: orthonormal kernels, scaled by the training data.

    Each kernel is replaced by random orthonormal matrices. Then, layer by layer in the order of computation,
    W := W / sqrt(Var(B)) is repeated until |Var(B) - 1| < tolerance, for the outputs B of the layer before its
    activation. Mishkin and Matas, "All you need is a good init", ICLR 2016, algorithm 1. Var(B) is the variance of all
    values of B for up to 256 training samples, prepared and not augmented. The defaults of the two arguments are those
    of the authors' implementation for Keras.

    The model runs in inference mode, without dropout, but BatchNormalization uses the statistics of these samples, as
    in the first step of the training, since its moving statistics are their initial values then. Its statistics do not
    change. Biases keep their values, so that `BiasFromLabels` has to be after `LSUV` in the list.

    Initialized are Dense, EinsumDense, and plain, transposed, depthwise and separable convolutions, also inside
    nested models and blocks and directly inside TimeDistributed. A group of a convolution and a channel of a depthwise
    one have a matrix of their own; a separable convolution is scaled by its pointwise kernel. Skipped, with the reason
    in the result, are recurrent and attention layers, layers that are called several times or have frozen or loaded
    weights or scale their kernels themselves, kernels that are all zero, and layers whose variance is zero or
    independent of the scale of the kernel.

    Args:
        tolerance: the largest difference of a variance from 1, in (0, 1), default 0.1.
        max_trials: the most corrections of a kernel, at least 1, default 10.

    Raises:
        ArgumentError: an argument is out of range, or no layer can be initialized.

    Example:
        >>> LSUV(tolerance=0.05).max_trials
        10
    """

    remedy: ClassVar[str] = "remove LSUV, or add a layer such as Dense or Conv2D with trainable, initial weights"

    @check_arguments
    def __init__(
        self, tolerance: Annotated[float, Interval(gt=0, lt=1)] = 0.1, max_trials: Annotated[int, Ge(1)] = 10
    ) -> None:
        self.tolerance = tolerance
        self.max_trials = max_trials

    def check(self, context: InitializationContext) -> None:
        """Check that there is a layer to initialize."""
        layers = self._layers(context)
        if all(entry.reason for entry in layers):
            raise self.nothing({entry.path: entry.reason or "" for entry in layers})

    def apply(self, context: InitializationContext) -> InitializationReport:
        """Initialize the kernels in the order in which the model computes the layers."""
        from kpipe.train.initialize.unit_variance import UnitVariance

        found = UnitVariance(context, self._layers(context), self.tolerance, self.max_trials)
        found.run()
        skipped = found.skipped
        if not found.scaled:
            raise self.nothing(skipped)
        initialized = {path: entry.to_dict() for path, entry in found.scaled.items()}
        variances = [entry.variance for entry in found.scaled.values()]
        missed = [name for name, entry in initialized.items() if not abs(entry["variance"] - 1) < self.tolerance]
        count = f"{len(initialized)} layer{'' if len(initialized) == 1 else 's'}"
        lowest, highest = f"{min(variances):.3g}", f"{max(variances):.3g}"
        text = f"a variance of {lowest}" if lowest == highest else f"variances of {lowest} to {highest}"
        summary = f"{count}, with {text}"
        if missed:
            summary += f"; not within the tolerance after {self.max_trials} corrections: {', '.join(missed)}"
        return InitializationReport(initialized, skipped, summary)

    @staticmethod
    def _layers(context: InitializationContext) -> list[KernelLayer]:
        from kpipe.train.initialize.kernel_layers import kernel_layers

        return kernel_layers(context)
