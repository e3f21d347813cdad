"""The layers of a model that can be frozen one by one."""

from kpipe.checks.checked_spec import checked
from kpipe.components.quiet_import import import_keras
from kpipe.model.model_layers import ModelLayer, model_layers
from kpipe.train.setup.spec_session import spec_session

keras = import_keras()

SPEC = {
    "name": "parts",
    "data": {"source": "Digits", "prepare": ["Standardize"]},
    "model": [
        [{"Conv2D": {"filters": 2, "kernel_size": 3}}, "BatchNormalization"],
        {"Dropout": {"rate": 0.5, "name": "drop"}},
        "Flatten",
        {"Dense": {"units": "=classes", "name": "head"}},
    ],
}


def built_of(spec):
    with spec_session(checked(spec)):
        from kpipe.train.setup.prepare_data import prepare_data
        from kpipe.train.setup.setup import build_on_data

        found = checked(spec)
        return build_on_data(found, prepare_data(found, lambda message: None))


def test_networks_are_replaced_by_their_layers_and_preparations_are_left_out(tmp_path):
    code = tmp_path / "code.py"
    code.write_text(
        "import keras\n\n\nclass Network(keras.Sequential):\n    def __init__(self, **kwargs):\n"
        "        kwargs.pop('layers', None)\n"
        "        super().__init__([keras.layers.Conv2D(2, 3, name='conv'), keras.layers.ReLU(name='relu')], **kwargs)\n"
    )
    model = [{"Network": {"name": "body"}}, *SPEC["model"][1:]]
    layers = model_layers(built_of({**SPEC, "imports": [str(code)], "model": model}))
    assert [entry.name for entry in layers] == ["body/conv", "body/relu", "drop", "flatten", "head"]
    assert [entry.has_weights for entry in layers] == [True, False, False, False, True]


def test_the_states_of_random_layers_are_no_weights():
    layer = keras.layers.Dropout(0.5)
    assert layer.variables
    assert not ModelLayer("dropout", layer).has_weights
