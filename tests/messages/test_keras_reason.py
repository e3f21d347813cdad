import re

import keras
import pytest

from kpipe.messages.keras_reason import keras_reason


class Failing(keras.layers.Layer):
    def call(self, x):
        raise ValueError("the code of the layer failed.")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (
            lambda: keras.layers.Conv2D(2, 3)(keras.Input((4,))),
            "^expected at least 3 dimensions besides the batch, got 1$",
        ),
        (lambda: keras.layers.Conv1D(2, 9)(keras.Input((4, 2))), "^Computed output size would be zero or negative"),
        (lambda: Failing()(keras.Input((4,))), "^the code of the layer failed$"),
        (lambda: keras.layers.Dense.from_config({"unit": 2}), "unit"),
    ],
)
def test_the_reason_of_errors_of_keras(make, reason):
    with pytest.raises(Exception) as caught:  # noqa: PT011, RUF100  (Keras raises several types)
        make()
    found = keras_reason(caught.value)
    assert "\n" not in found and "encountered" not in found and "\x1b" not in found
    assert re.search(reason, found)


def test_an_error_without_a_message_has_its_type():
    assert keras_reason(KeyError()) == "KeyError"
