"""What the tests of the preparations share: a fitted stage in NumPy, in Keras, and saved and loaded again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kpipe.data.features import Features
from kpipe.data.prepare.preparation import Preparation


@pytest.fixture
def applied(tmp_path: Path) -> Callable[..., Any]:
    """`applied(stage, fitted_on, values)`: fits in batches of 7, then applies in three ways that must agree.

    Under a global mixed policy the Keras layers must stay float32. Returns the result of Keras.
    """

    def apply(
        stage: Preparation, fitted_on: Any, values: Any, features: Features | None = None, tolerance: float = 1e-5
    ) -> Any:
        import keras

        features = features or Features("x", "array", fitted_on.shape[1:])
        stage.bind(features)
        fitted_on = np.asarray(fitted_on, np.float64)
        stage.fit(lambda: (fitted_on[first : first + 7] for first in range(0, len(fitted_on), 7)))
        left = stage.bind(features)
        policy = keras.config.dtype_policy()
        keras.config.set_dtype_policy("mixed_float16")
        try:
            tensor = keras.Input(features.shape, dtype="float32")
            model = keras.Model(tensor, stage.build(tensor, "stage"))
        finally:
            keras.config.set_dtype_policy(policy)
        assert model.output.dtype == "float32"
        assert tuple(model.output.shape[1:]) == left.shape
        assert model.trainable_variables == []
        model.save(tmp_path / "stage.keras")
        loaded = keras.saving.load_model(tmp_path / "stage.keras")
        values = np.asarray(values, np.float32)
        result = model(values).numpy()
        np.testing.assert_array_equal(loaded(values).numpy(), result)
        np.testing.assert_allclose(result, stage.transform(values.astype(np.float64)), atol=tolerance, rtol=tolerance)
        return result

    return apply
