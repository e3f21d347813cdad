"""What callbacks do inside of a model's step leaves nothing behind, and works in all kinds of models."""

import keras
import numpy as np
import pytest
from golden import raises
from keras import ops
from kpipe_callbacks import CosineSchedule, EarlyStopping, ExplosionDetector, OneCycleSchedule, PolyakAveraging
from random_seed import set_random_seed

from tests.callbacks.training import Raises, Rates, arrays, distance, fed, fit, net, own_names, same, samples, told

SHORT = 12


def short(**more):
    x, y = samples(SHORT)
    return {"x": x, "y": y, "batch_size": 4, **more}


def all_four(**detector):
    return [
        CosineSchedule(warmup_steps=2),
        PolyakAveraging(0.9),
        ExplosionDetector(**{"on_explosion": "rollback", "verbose": 0, "factor": None, **detector}),
        EarlyStopping("loss", restore_best_weights=True, patience=5, verbose=0),
    ]


def outcome(model, history):
    return {
        "weights": arrays(model.weights),
        "optimizer": arrays(model.optimizer.variables),
        "history": history.history,
    }


def equal(first, second):
    np.testing.assert_equal(first["history"], second["history"])
    assert same(first["weights"], second["weights"])
    assert same(first["optimizer"], second["optimizer"])


def momentum():
    return keras.optimizers.SGD(0.05, momentum=0.9)


def set_all(model, values):
    for variable, value in zip([*model.weights, *model.optimizer.variables], values, strict=True):
        variable.assign(value)
    set_random_seed(3)


# Nothing is left.


def belongings(model):
    """What a model and its parts have of their own, but for what changes in each training."""
    metric = model.metrics[0]
    holders = [model, model.optimizer, metric]
    names = [own_names(holder) for holder in holders]
    names[0] -= {"train_function"}
    return names, [id(entry) for entry in metric.variables], len(model.metrics_variables), model.optimizer.momentum


@pytest.mark.parametrize("schedule", [CosineSchedule, lambda: OneCycleSchedule(learning_rate=0.1)])
def test_after_a_training_nothing_is_left(schedule):
    model = net(momentum())
    fit(model, epochs=1, **short())
    before = belongings(model)
    fit(model, [schedule(), *all_four()[1:]], epochs=1, **short())
    assert belongings(model) == before
    # Another training compiles its own step.
    assert model.train_function is None


def test_after_a_training_that_was_refused_nothing_is_left():
    model = net(momentum())
    fit(model, epochs=1, **short())
    before = belongings(model)
    with raises(ValueError):
        fit(model, [*all_four(), OneCycleSchedule(learning_rate=0.1)], **short())
    assert belongings(model) == before


def test_a_training_of_no_epoch_leaves_nothing():
    model = net(momentum())
    fit(model, epochs=1, **short())
    before, weights = belongings(model), arrays(model.weights)
    fit(model, [CosineSchedule(total_steps=9), *all_four()[1:3]], epochs=0, **short())
    assert belongings(model) == before
    assert same(arrays(model.weights), weights)


# After an exception.


@pytest.fixture(scope="module")
def fresh():
    """A training as it is without anything before it."""
    found = {}
    for name, callbacks in (("none", []), ("some", all_four()[:3])):
        model = net(momentum())
        found[name] = outcome(model, fit(model, callbacks, **short()))
    return found


@pytest.mark.parametrize(
    ("where", "following"),
    [
        ("on_train_begin", "none"),
        ("on_train_begin", "the same"),
        ("on_train_batch_end", "none"),
        ("on_train_batch_end", "others"),
        ("on_train_batch_end", "the same"),
        ("on_test_batch_end", "none"),
        ("on_epoch_end", "the same"),
    ],
)
def test_after_an_exception_the_next_training_is_like_a_first_one(fresh, where, following):
    model = net(momentum())
    model.optimizer.build(model.trainable_variables)
    start = arrays([*model.weights, *model.optimizer.variables])
    callbacks = all_four()[:3]
    validation = {"validation_data": samples(4)} if where == "on_test_batch_end" else {}
    with pytest.raises(RuntimeError, match="somebody's callback broke"):
        fit(model, [*callbacks, Raises(where)], **short(**validation))
    set_all(model, start)
    if following != "the same":
        callbacks = [] if following == "none" else all_four()[:3]
    history = fit(model, callbacks, **short())
    equal(outcome(model, history), fresh["none" if following == "none" else "some"])
    assert not [name for name in own_names(model) if "kpipe" in name]
    assert len(model.metrics[0].variables) == 2


def test_after_an_exception_the_model_can_be_used_and_compiled():
    model, other = net(momentum()), net(momentum())
    with pytest.raises(RuntimeError, match="broke"):
        fit(model, [*all_four(), Raises("on_train_batch_end")], **short())
    x, y = samples(8)
    for variable, value in zip(other.weights, arrays(model.weights), strict=True):
        variable.assign(value)
    assert model.evaluate(x, y, verbose=0) == other.evaluate(x, y, verbose=0)
    assert same([model.predict(x, verbose=0)], [other.predict(x, verbose=0)])
    for entry in (model, other):
        entry.compile(keras.optimizers.SGD(0.1), "mae")
        set_random_seed(1)
    equal(outcome(model, fit(model, **short())), outcome(other, fit(other, **short())))


@pytest.mark.parametrize(
    "make",
    [
        lambda: CosineSchedule(total_steps=9),
        lambda: PolyakAveraging(0.9),
        lambda: ExplosionDetector(verbose=0),
        lambda: EarlyStopping("loss", restore_best_weights=True, verbose=0),
    ],
    ids=["schedule", "averaging", "detector", "stopping"],
)
def test_a_state_given_after_a_failed_training_is_that_of_the_next_one(make):
    model, source, states, seen = net(), make(), [], []
    take = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: states.append(source.get_state()))
    fit(net(), [source, take], epochs=1, **short())
    tested = make()
    with pytest.raises(RuntimeError, match="broke"):
        fit(model, [tested, Raises("on_train_batch_end")], epochs=1, **short())
    tested.set_state(states[0])
    look = keras.callbacks.LambdaCallback(on_train_begin=lambda logs: seen.append(tested.get_state()))
    fit(model, [tested, look], epochs=1, **short())
    np.testing.assert_equal(seen[0], states[0])


@pytest.mark.parametrize(
    "make",
    [
        lambda: CosineSchedule(total_steps=9),
        lambda: PolyakAveraging(0.9),
        lambda: ExplosionDetector(keep_every=2, verbose=0),
        lambda: EarlyStopping("loss", restore_best_weights=True, verbose=0),
    ],
    ids=["schedule", "averaging", "detector", "stopping"],
)
def test_a_state_can_be_taken_after_any_step(make):
    tested, seen = make(), []
    take = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(tested.get_state()))
    fit(net(), [tested, take], epochs=1, **short())
    assert len(seen) == 3


# Callbacks that are used again, and ways to give them.


def test_the_same_callbacks_serve_two_models():
    callbacks = all_four()
    fit(net(keras.optimizers.Adam(0.03), seed=8), callbacks, **short())
    model, other = net(momentum()), net(momentum())
    equal(outcome(model, fit(model, callbacks, **short())), outcome(other, fit(other, all_four(), **short())))


def test_a_list_of_callbacks_can_be_given_to_two_trainings():
    model, other = net(momentum()), net(momentum())
    ready = keras.callbacks.CallbackList(all_four(), add_history=True, model=model, epochs=2, steps=3)
    callbacks = all_four()
    for _ in range(2):
        history = model.fit(**short(), epochs=2, shuffle=False, verbose=0, callbacks=ready)
        expected = fit(other, callbacks, **short())
    # Keras' own record continues from one training to the next where its object is the same.
    history.history = {name: values[2:] for name, values in history.history.items()}
    equal(outcome(model, history), outcome(other, expected))


def test_a_list_of_callbacks_need_not_describe_the_training():
    model, other = net(momentum()), net(momentum())
    ours = lambda: [CosineSchedule(total_steps=6), *all_four()[1:]]  # noqa: E731
    ready = keras.callbacks.CallbackList(ours(), add_history=True, model=model)
    history = model.fit(**short(), epochs=2, shuffle=False, verbose=0, callbacks=ready)
    equal(outcome(model, history), outcome(other, fit(other, ours(), **short())))
    ready = keras.callbacks.CallbackList([CosineSchedule()], add_history=True, model=model)
    with raises(ValueError):
        model.fit(**short(), verbose=0, callbacks=ready)


@pytest.mark.parametrize(
    "index",
    [
        pytest.param(1, id="averaging"),
        # Keras calls a single one from other threads on JAX, in the middle of the next steps.
        pytest.param(2, id="detector", marks=pytest.mark.tensorflow),
    ],
)
def test_a_callback_can_be_given_without_a_list(index):
    model, other = net(momentum()), net(momentum())
    history = model.fit(**short(), epochs=2, shuffle=False, verbose=0, callbacks=all_four()[index])
    equal(outcome(model, history), outcome(other, fit(other, [all_four()[index]], **short())))


# All kinds of models.


@keras.saving.register_keras_serializable("tests")
class Own(keras.Model):
    """With a step, a loss and metrics of its own, as Keras' guides write them."""

    def __init__(self):
        super().__init__()
        self.hidden = keras.layers.Dense(4, activation="tanh")
        self.last = keras.layers.Dense(1)
        self.own_loss = keras.metrics.Mean(name="own")

    def call(self, inputs, training=False):
        return self.last(self.hidden(inputs))

    @property
    def metrics(self):
        return [self.own_loss]

    if keras.backend.backend() == "jax":

        def train_step(self, state, data):
            import jax

            trainable, others, of_optimizer, of_metrics = state
            x, y = data
            grad = jax.value_and_grad(self.compute_loss_and_updates, has_aux=True)
            (loss, found), gradients = grad(
                trainable, others, of_metrics, x, y, None, training=True, optimizer_variables=of_optimizer
            )
            _, _, others, of_metrics = found
            trainable, of_optimizer = self.optimizer.stateless_apply(of_optimizer, gradients, trainable)
            pairs = list(zip(self.metrics_variables, of_metrics, strict=True))
            with keras.StatelessScope(state_mapping=pairs) as scope:
                self.own_loss.update_state(loss)
                logs = {"own": self.own_loss.result()}
            of_metrics = [scope.get_current_value(variable) for variable in self.metrics_variables]
            return logs, (trainable, others, of_optimizer, of_metrics)

    else:

        def train_step(self, data):
            import tensorflow as tf

            x, y = data
            with tf.GradientTape() as tape:
                loss = self.compute_loss(x, y, self(x, training=True))
            variables = self.trainable_variables
            self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
            self.own_loss.update_state(loss)
            return {"own": self.own_loss.result()}


def own(is_built=True, **arguments):
    set_random_seed(3)
    model = Own()
    if is_built:
        model(np.zeros((1, 3), np.float32))
    model.compile(**{"optimizer": momentum(), "loss": "mse", **arguments})
    return model


@pytest.mark.parametrize("is_built", [True, False])
def test_a_model_with_a_step_and_metrics_of_its_own(is_built):
    plain, plain_rates = own(), Rates()
    history = fit(plain, [plain_rates], **short())
    # A constant rate, an average of nothing but the last weights and a detector that finds nothing: all is the same.
    model, rates = own(is_built), Rates()
    callbacks = [PolyakAveraging(0.0), ExplosionDetector(verbose=0), rates]
    equal(outcome(model, fit(model, callbacks, **short())), outcome(plain, history))
    model, rates, schedule = own(is_built), Rates(), CosineSchedule()
    detector = ExplosionDetector(verbose=0, keep_every=1)
    model.compile(momentum(), fed)
    logs = fit(model, [schedule, detector, PolyakAveraging(0.5), rates], epochs=1, **told([1, 1, 2, 9, 1])).history
    assert [(event["step"], event["good_step"]) for event in detector.events] == [(4, 2)]
    assert logs["own"] == pytest.approx([13 / 4])
    np.testing.assert_allclose(rates.seen, schedule.curve(1, 5, learning_rate=0.05)[:4], rtol=1e-5)
    assert len(model.metrics_variables) == 2


class Plain(keras.Model):
    """A subclass without anything special."""

    def __init__(self):
        super().__init__()
        self.hidden = keras.layers.Dense(4, activation="tanh")
        self.last = keras.layers.Dense(1)

    def call(self, inputs):
        return self.last(self.hidden(inputs))


def unbuilt(kind):
    set_random_seed(3)
    if kind == "subclass":
        return Plain()
    return keras.Sequential([keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1)])


@pytest.mark.parametrize("kind", ["subclass", "sequential"])
@pytest.mark.parametrize("which", [slice(1, 2), slice(4)], ids=["averaging", "all"])
def test_a_model_that_was_never_built(kind, which):
    found = []
    for is_built in (True, False):
        model = unbuilt(kind)
        if is_built:
            model(np.zeros((1, 3), np.float32))
        model.compile(momentum(), "mse", metrics=["mae"])
        found.append(outcome(model, fit(model, all_four()[which], **short())))
    equal(*found)
    assert len(found[0]["optimizer"]) == 6


def test_a_model_can_be_compiled_again_between_two_trainings():
    model, other = net(momentum()), net(keras.optimizers.Adam(0.03))
    callbacks = all_four()
    fit(model, callbacks, **short())
    model.compile(keras.optimizers.Adam(0.03), "mse")
    for variable, value in zip(model.weights, arrays(other.weights), strict=True):
        variable.assign(value)
    equal(outcome(model, fit(model, callbacks, **short())), outcome(other, fit(other, all_four(), **short())))


def test_a_step_that_runs_eagerly_does_the_same():
    found = []
    for is_eager in (False, True):
        model = net(momentum(), loss=fed, run_eagerly=is_eager)
        callbacks = all_four(factor=3, keep_every=2)
        history = fit(model, callbacks, **told([1, 2, 1, 2, 9, 1])).history
        found.append((arrays(model.weights), callbacks[2].events, history))
    (weights, events, history), (eager_weights, eager_events, eager_history) = found
    assert events == eager_events
    assert [event["step"] for event in events] == [5, 11]
    assert distance(weights, eager_weights) < 1e-5
    assert history["learning_rate"] == pytest.approx(eager_history["learning_rate"], rel=1e-5)


def test_batches_and_metrics_after_a_training_are_those_of_any_model():
    model, plain = net(momentum(), metrics=["mae"]), net(momentum(), metrics=["mae"])
    fit(model, [ExplosionDetector(verbose=0), PolyakAveraging(0.0)], **short())
    fit(plain, **short())
    x, y = samples(4, seed=7)
    for act in ("train_on_batch", "test_on_batch", "evaluate"):
        silent = {"verbose": 0} if act == "evaluate" else {}
        found, expected = (getattr(entry, act)(x, y, **silent) for entry in (model, plain))
        np.testing.assert_equal(np.array(found), np.array(expected))
    assert same([model.predict(x, verbose=0)], [plain.predict(x, verbose=0)])
    assert same(arrays(model.weights), arrays(plain.weights))
    fit(model, **short())
    fit(plain, **short())
    assert same(arrays(model.weights), arrays(plain.weights))


class Asks(keras.callbacks.Callback):
    """Uses the model in the middle of its training."""

    def __init__(self, how):
        super().__init__()
        self.how, self.data = how, samples(4, seed=7)

    def _ask(self):
        if self.how == "evaluate":
            assert np.isfinite(self.model.evaluate(*self.data, verbose=0))
        else:
            assert np.isfinite(self.model.predict(self.data[0], verbose=0)).all()

    def on_train_batch_end(self, batch, logs=None):
        if batch == 1:
            self._ask()

    def on_epoch_end(self, epoch, logs=None):
        self._ask()

    def on_train_end(self, logs=None):
        self._ask()


def used_by(asks, is_first=True):
    """What a training leaves while somebody uses its model, but for the figures, which are those of their use."""
    model, ours = net(momentum(), loss=fed), all_four(factor=3, keep_every=2)[:3]
    history = fit(model, [*asks, *ours] if is_first else [*ours, *asks], **told([1, 2, 1, 2, 9, 1]))
    assert [event["step"] for event in ours[2].events] == [5, 11]
    return {**outcome(model, history), "history": [history.history["learning_rate"], ours[2].events]}


@pytest.fixture(scope="module")
def unused():
    return used_by([])


@pytest.mark.parametrize(("how", "is_first"), [("evaluate", True), ("evaluate", False), ("predict", True)])
def test_a_callback_that_uses_the_model_changes_nothing(unused, how, is_first):
    equal(used_by([Asks(how)], is_first), unused)


def two_headed():
    set_random_seed(3)
    inputs = keras.Input((3,))
    hidden = keras.layers.Dense(4, activation="tanh")(inputs)
    heads = {"one": keras.layers.Dense(1, name="one")(hidden), "two": keras.layers.Dense(2, name="two")(hidden)}
    model = keras.Model(inputs, heads)
    model.compile(
        momentum(),
        loss={"one": fed, "two": fed},
        loss_weights={"one": 1.0, "two": 0.5},
        metrics={"one": ["mae"], "two": ["mse"]},
    )
    return model


def test_a_model_with_several_outputs_is_judged_by_its_whole_loss():
    data = told([1, 1, 1, 2, 1])
    # 1 + 0.5 * 4 = 3 in the first steps; 2 + 0.5 * 16 = 10 in the fourth one.
    second = np.array([[4, 4], [4, 4], [4, 4], [16, 16], [4, 4]], np.float32)
    data["y"] = {"one": data["y"], "two": second}
    model, detector, schedule = two_headed(), ExplosionDetector(keep_every=1, verbose=0), CosineSchedule()
    history = fit(model, [schedule, PolyakAveraging(0.5), detector], epochs=1, **data).history
    assert [(e["step"], e["loss"], e["threshold"], e["good_step"]) for e in detector.events] == [(4, 10, 9, 2)]
    assert {"loss", "one_loss", "two_loss", "one_mae", "two_mse", "learning_rate"} == set(history)
    assert history["loss"] == pytest.approx([(3 * 3 + 10) / 4])


def test_a_model_inside_of_another_one_is_trained_as_part_of_it():
    inner = net(momentum())
    inputs = keras.Input((3,))
    outer = keras.Model(inputs, ops.multiply(inner(inputs), 2.0))
    outer.compile(momentum(), fed)
    detector = ExplosionDetector(verbose=0)
    fit(outer, [detector, PolyakAveraging(0.5)], epochs=1, **told([1, 1, 9]))
    assert [event["step"] for event in detector.events] == [3]
    assert not [name for name in own_names(inner) if "kpipe" in name]


def test_another_model_can_be_trained_in_the_middle_of_a_training():
    other = net(momentum())

    def train_other(epoch, logs):
        fit(other, all_four(), epochs=1, **short())

    found = []
    for extra in ([], [keras.callbacks.LambdaCallback(on_epoch_end=train_other)]):
        model = net(momentum())
        found.append(outcome(model, fit(model, [*all_four(), *extra], epochs=1, **short())))
    equal(*found)


class Sum(keras.Model):
    """Built by its first batch."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1, kernel_initializer="ones")

    def call(self, inputs):
        return self.dense(inputs)


@pytest.mark.tensorflow
@pytest.mark.parametrize("make", [lambda: net(features=3), lambda: compiled(Sum())], ids=["functional", "subclassed"])
def test_sparse_inputs_train_as_dense_ones(make):
    import tensorflow as tf

    x, y = samples(16)
    x[x < 0] = 0
    found = []
    for inputs in (x, tf.sparse.from_dense(x)):
        model = make()
        callbacks = [CosineSchedule(), PolyakAveraging(), ExplosionDetector(), EarlyStopping("loss")]
        data = tf.data.Dataset.from_tensor_slices((inputs, y)).batch(4)
        model.fit(data, epochs=2, verbose=0, shuffle=False, callbacks=callbacks)
        found.append(model.get_weights())
    for dense, sparse in zip(*found, strict=True):
        np.testing.assert_allclose(sparse, dense, rtol=1e-5, atol=1e-7)


def compiled(model):
    set_random_seed(3)
    model.compile(keras.optimizers.SGD(0.1), "mse")
    return model


@pytest.mark.tensorflow
def test_ragged_inputs():
    import tensorflow as tf

    inputs = tf.ragged.constant([[1, 2], [3], [1, 2, 3], [2]])
    words = keras.Input((None,), dtype="int32", ragged=True)
    outputs = keras.layers.Dense(1)(keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(4, 2)(words)))
    model = compiled(keras.Model(words, outputs))
    data = tf.data.Dataset.from_tensor_slices((inputs, np.ones((4, 1), "float32"))).batch(2)
    callbacks = [CosineSchedule(), PolyakAveraging(), ExplosionDetector()]
    history = model.fit(data, epochs=2, verbose=0, shuffle=False, callbacks=callbacks)
    assert np.isfinite(history.history["loss"]).all()
