import keras
import numpy as np
import pytest

from kpipe.train.frozen_features.computed_features import DependentSamplesError, computed_features
from kpipe.train.frozen_features.feature_calls import FeatureCalls, feature_names
from kpipe.train.frozen_features.find_frozen_part import find_frozen_part

from .models import CASES


@pytest.mark.parametrize("jit_compile", [False, True])
def test_features_are_in_the_order_of_the_samples(jit_compile):
    model = CASES["two tensors"].model()
    part = find_frozen_part(model)
    x = np.random.default_rng(0).normal(size=(5, 4, 4, 3)).astype("float32")
    calls = FeatureCalls(model, part)
    with calls.accepted():
        batches = [(x[:3], None), (x[3:], None)]
        found = computed_features(calls, batches, 5, jit_compile=jit_compile)
        expected = [calls.features(batch) for batch, _ in batches]
    assert list(found) == feature_names(part)
    for name, tensor in found.items():
        wanted = np.concatenate([features[name] for features in expected])
        np.testing.assert_allclose(tensor.numpy(), wanted, rtol=1e-5, atol=1e-6)


def test_types_that_numpy_does_not_have():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = CASES["convolutions"].model()
    finally:
        keras.config.set_dtype_policy(before)
    calls = FeatureCalls(model, find_frozen_part(model))
    with calls.accepted():
        x = keras.random.normal((2, 4, 4, 3))
        (found,) = computed_features(calls, [(x, None)], 2).values()
        (expected,) = calls.features(x).values()
    assert found.dtype == expected.dtype == "bfloat16"
    np.testing.assert_allclose(found.numpy().astype("float32"), expected.numpy().astype("float32"), rtol=0.01)


def test_an_error_of_the_check_ends_it():
    model = CASES["convolutions"].model()
    calls = FeatureCalls(model, find_frozen_part(model))
    batches, checks = [(np.zeros((2, 4, 4, 3), np.float32), None)] * 3, iter([None, None, KeyboardInterrupt])

    def check():
        if error := next(checks):
            raise error

    with calls.accepted(), pytest.raises(KeyboardInterrupt):
        computed_features(calls, batches, 6, check)


def test_features_that_depend_on_other_samples_are_an_error():
    x = keras.Input((3,))
    model = keras.Model(x, x - keras.ops.mean(x, axis=0, keepdims=True))
    calls = FeatureCalls(model, find_frozen_part(model))
    batch = np.random.default_rng(0).normal(size=(512, 3)).astype("float32")
    with calls.accepted(), pytest.raises(DependentSamplesError):
        computed_features(calls, [(batch, None)], 512)
