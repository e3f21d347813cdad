"""The section `train.regularize`."""

from __future__ import annotations

from kpipe.spec.sections.ranges import NonNegative
from kpipe.spec.sections.section import Section


class Regularize(Section):
    """`train.regularize:` the elastic net penalty on kernels, never on biases or normalization.

    Args:
        l1: factor of the sum of absolute values, at least 0, default 0.
        l2: factor of the sum of squares, at least 0, default 0.
    """

    l1: NonNegative = 0.0
    l2: NonNegative = 0.0
