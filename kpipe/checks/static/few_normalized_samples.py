"""The check that BatchNormalization sees enough samples."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.checks.static.facts import Facts
from kpipe.checks.static.finding import Finding
from kpipe.checks.static.static_check import StaticCheck

#: The smallest number of samples that is not reported.
LEAST = 4
_CLASSES = ("BatchNormalization", "DecorrelatedBatchNorm")


class FewNormalizedSamples(StaticCheck):
    """The statistics of a few samples are so noisy that training and inference differ.

    Wu and He, "Group normalization", ECCV 2018, figure 1: the error of BatchNormalization rises below 16 samples, and
    by 10 points with 2.

    Example:
        `batch_size: 2` with `BatchNormalization`.
    """

    code, title = "W006", "BatchNormalization over very few samples"

    def findings(self, facts: Facts) -> Iterator[Finding]:
        """Yield one finding for all such layers."""
        count = facts.normalized_samples
        calls = [call for call in facts.network.calls if call.class_name in _CLASSES and call.is_trainable]
        if count < LEAST:
            yield from self.of(
                calls,
                f"the statistics of a batch are those of {count} samples; expected at least {LEAST}; write a larger "
                "data.batch_size, or GroupNorm",
            )
