import keras
import pytest
from golden import expect_message

from kpipe.errors import SpecError
from kpipe.spec.refusal import nowhere
from kpipe.train.model_checks.jit_support import refuse_unsupported_jit

from ..stand_in import train_section


def model(*layers):
    return keras.Sequential([keras.Input((8, 8, 1)), *layers, keras.layers.Flatten(), keras.layers.Dense(2)])


def rotation(name):
    return keras.layers.RandomRotation(0.1, name=name)


@pytest.mark.parametrize(
    ("layers", "fields"),
    [
        (lambda: [rotation("a"), keras.Sequential([rotation("b")])], {}),
        (list, {"deterministic": True}),
    ],
)
def test_what_keras_would_train_without_xla_is_refused(layers, fields):
    with pytest.raises(SpecError) as caught:
        refuse_unsupported_jit(model(*layers()), train_section(jit_compile=True, **fields), nowhere)
    expect_message(str(caught.value))


def test_other_models_and_settings_are_accepted():
    refuse_unsupported_jit(model(), train_section(jit_compile=True), nowhere)
    for value in (False, "auto"):
        refuse_unsupported_jit(model(rotation("a")), train_section(jit_compile=value, deterministic=True), nowhere)
