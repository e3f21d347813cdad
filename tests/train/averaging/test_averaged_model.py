import keras

from kpipe.train.averaging.averaged_model import averaged_model


def test_inputs_with_views_have_one_axis_more():
    tensors = {"image": keras.Input((4, 4, 1), name="image"), "more": keras.Input((2,), name="more")}
    x = keras.layers.Concatenate()([keras.layers.Flatten()(tensors["image"]), tensors["more"]])
    inner = keras.Model(tensors, {"a": keras.layers.Dense(3, name="a")(x), "b": keras.layers.Dense(1, name="b")(x)})
    made = averaged_model(inner, {"a": "softmax", "b": "values"}, {"image": 5})
    assert {name: tensor.shape for name, tensor in made.input.items()} == {
        "image": (None, 5, 4, 4, 1),
        "more": (None, 2),
    }
    assert {name: tensor.shape for name, tensor in made.output.items()} == {"a": (None, 3), "b": (None, 1)}
    assert {id(weight) for weight in made.weights} == {id(weight) for weight in inner.weights}


def test_the_metrics_of_a_compiled_model_are_not_those_of_the_average():
    inputs = keras.Input((2,), name="x")
    inner = keras.Model(inputs, keras.layers.Dense(3)(inputs))
    inner.compile(loss="mse", metrics=["mae"])
    inner.evaluate(keras.ops.ones((4, 2)), keras.ops.ones((4, 3)), verbose=0)
    made = averaged_model(inner, {"y": "values"}, {"x": 2})
    assert made.metrics == []
    assert inner.metrics
