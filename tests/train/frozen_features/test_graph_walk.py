import keras
import numpy as np

from kpipe.train.frozen_features.graph_walk import INPUTS, Value, tensors_in, walk


def test_the_calls_of_networks_are_those_of_their_layers_at_each_of_their_calls():
    x = keras.Input((3,))
    inner = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, name="a"), keras.layers.ReLU(name="b")])
    model = keras.Model(x, keras.layers.Concatenate(name="c")([inner(inner(x)), x]))
    seen = []

    def call(place, operation, args, kwargs):
        seen.append((place, operation.name, [entry.key for entry in keras.tree.flatten(args)]))
        return [Value(place, 0, operation(*tensors_in(args)))]

    given = np.random.default_rng(0).normal(size=(2, 3)).astype("float32")
    output = walk(model, [given], call)
    np.testing.assert_array_equal(output.tensor, model(given))
    assert seen == [
        (0, "a", [(INPUTS, 0)]),
        (1, "b", [(0, 0)]),
        (2, "a", [(1, 0)]),
        (3, "b", [(2, 0)]),
        (4, "c", [(3, 0), (INPUTS, 0)]),
    ]


def test_a_network_converts_its_inputs_as_in_its_call():
    inner = keras.Sequential([keras.Input((3,), dtype="float32"), keras.layers.ReLU()])
    x = keras.Input((3, 1), dtype="float16")
    model = keras.Model(x, inner(x))
    seen = []

    def call(place, operation, args, kwargs):
        seen.append((args[0].tensor.dtype.name, tuple(args[0].tensor.shape)))
        return [Value(place, 0, operation(*tensors_in(args)))]

    walk(model, [keras.ops.ones((2, 3, 1), "float16")], call)
    assert seen == [("float32", (2, 3))]


def test_a_network_with_a_call_of_its_own_is_one_call():
    class Twice(keras.Model):
        def call(self, inputs, training=None, mask=None):
            return 2 * super().call(inputs)

    x = keras.Input((3,))
    twice = Twice(x, keras.layers.ReLU()(x), name="twice")
    outer = keras.Input((3,))
    model = keras.Model(outer, twice(outer))
    seen = []

    def call(place, operation, args, kwargs):
        seen.append(operation.name)
        return [Value(place, 0)]

    walk(model, [None], call)
    assert seen == ["twice"]
