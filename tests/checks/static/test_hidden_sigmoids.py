"""Three hidden layers with sigmoid are reported."""

from checks.static.networks import call, chain, dense, found

from kpipe.checks.static.hidden_sigmoids import LEAST, HiddenSigmoids

CHECK = HiddenSigmoids()


def layers(count):
    return [dense(f"hidden{i}", 8, 8, "sigmoid") for i in range(count)]


def test_many_are_reported():
    (message,) = found(CHECK, chain(*layers(LEAST), dense("last", 1, 8, "sigmoid")))
    assert message.startswith("model.hidden0: hidden0 and 2 more: 3 hidden layers with sigmoid")


def test_few_are_not():
    assert found(CHECK, chain(*layers(LEAST - 1), dense("last", 1, 8, "sigmoid"))) == []


def test_gates_are_not():
    calls = []
    for i in range(4):
        gate = len(calls) + 1
        calls += [dense(f"gate{i}", 8, 8, "sigmoid"), call(f"m{i}", "Multiply", inputs=(gate - 1, gate))]
    assert found(CHECK, chain(*calls, dense("last", 2, 8))) == []


def test_normalized_inputs_are_not():
    calls = []
    for i in range(4):
        calls += [
            dense(f"d{i}", 8, 8),
            call(f"n{i}", "BatchNormalization"),
            call(f"a{i}", "Activation", activation="sigmoid"),
        ]
    assert found(CHECK, chain(*calls, dense("last", 2, 8))) == []


def test_prepared_inputs_are_no_hidden_layers():
    prepared = call("standardize", "Normalization", is_preparation=True)
    assert len(found(CHECK, chain(prepared, *layers(LEAST), dense("last", 1, 8, "sigmoid")))) == 1
