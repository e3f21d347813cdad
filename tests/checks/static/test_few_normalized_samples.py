"""BatchNormalization over fewer than four samples is reported."""

import pytest
from checks.static.networks import call, chain, found

from kpipe.checks.static.few_normalized_samples import LEAST, FewNormalizedSamples

NETWORK = chain(call("norm", "BatchNormalization", is_trainable=True))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_samples_are_reported(count):
    (message,) = found(FewNormalizedSamples(), NETWORK, normalized_samples=count)
    assert message.startswith(
        f"model.norm: norm: the statistics of a batch are those of {count} samples; expected at least 4"
    )


def test_enough_samples_are_not():
    assert found(FewNormalizedSamples(), NETWORK, normalized_samples=LEAST) == []


def test_frozen_and_other_normalizations_are_not():
    network = chain(call("norm", "BatchNormalization"), call("layer", "LayerNormalization", is_trainable=True))
    assert found(FewNormalizedSamples(), network, normalized_samples=1) == []
