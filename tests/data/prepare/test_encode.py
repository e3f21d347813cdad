import keras
import numpy as np
import pytest
from golden import raises

from kpipe.data.features import FeatureColumn, Features
from kpipe.data.prepare.encode import Encode
from kpipe.data.prepare.standardize import Standardize
from kpipe.errors import ArgumentError

TOWN = FeatureColumn("town", "code", ("Bonn", "Ulm"))
AREA = FeatureColumn("area")


def built(features, *stages):
    tensor = inputs = keras.Input(features.shape)
    for number, stage in enumerate(stages):
        features = stage.bind(features)
        stage.fit(lambda: [np.array([[1.0, 3.0], [2.0, 5.0]])])
        tensor = stage.build(tensor, f"stage_{number}")
    return keras.Model(inputs, tensor), features


def test_codes_are_integers_without_other_columns(tmp_path):
    model, features = built(Features("user", "table", (1,), (TOWN,)), Encode())
    model.save(tmp_path / "model.keras")
    found = keras.saving.load_model(tmp_path / "model.keras")(np.array([[2.0], [0.0], [1.0]]))
    assert (found.dtype, np.asarray(found).tolist()) == (model.output.dtype, [[2], [0], [1]])
    assert model.output.dtype == "int32"
    assert (features.codes, features.coded, features.shape) == ({"town": 3}, (), (1,))


def test_numbers_beside_codes_remain_numbers_and_codes_are_not_standardized():
    model, features = built(Features("table", "table", (2,), (TOWN, AREA)), Encode(), Standardize())
    np.testing.assert_allclose(model(np.array([[2.0, 5.0], [0.0, 3.0]])), [[2, 1], [0, -1]], atol=1e-6)
    assert features.codes == {"town": 3}
    values = np.array([[2.0, 5.0]])
    assert Encode().transform(values) is values


@pytest.mark.parametrize("features", [Features("image", "image", (2, 2, 1)), Features("table", "table", (1,), (AREA,))])
def test_refuses_an_input_without_categories(features):
    with raises(ArgumentError):
        Encode().bind(features)
