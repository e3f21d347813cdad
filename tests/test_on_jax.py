"""The same tests on Keras' JAX backend, in a process of its own: a backend is chosen once, when Keras is imported."""

from importlib.util import find_spec

import keras
import pytest


@pytest.mark.tensorflow
@pytest.mark.skipif(find_spec("jax") is None, reason="JAX is not installed: pip install -e '.[test,jax]'")
def test_layers_and_callbacks_pass_on_jax(on_jax):
    assert keras.backend.backend() == "tensorflow"
    printed, _ = on_jax.communicate()
    assert on_jax.returncode == 0, printed[-6000:]
    assert " passed" in printed
