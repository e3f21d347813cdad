"""The private interfaces of Keras, TensorFlow and KerasTuner that kpipe uses are as expected, and each is used in one file."""

import ast
import inspect
import re
from importlib import import_module
from pathlib import Path

import keras
import tensorflow as tf

from kpipe import keras_internals

PACKAGE = Path(__file__).parent.parent / "kpipe"
MODULE = PACKAGE / "keras_internals.py"

#: Functions, classes and methods, each with its signature; defaults that are functions are omitted.
SIGNATURES = {
    "keras.src.backend:compute_output_spec": "(fn, *args, **kwargs)",
    "keras.src.backend.common.global_state:get_global_attribute": "(name, default=None, set_to_default=False)",
    "keras.src.backend.common.global_state:set_global_attribute": "(name, value)",
    "keras.src.backend.common.masking:set_keras_mask": "(x, mask)",
    "keras.src.backend.common.stateless_scope:in_stateless_scope": "()",
    "keras.src.random.seed_generator:global_seed_generator": "()",
    "keras.src.saving.serialization_lib:ObjectSharingScope": "()",
    "keras.src.utils.naming:reset_uids": "()",
    "tensorflow.python.eager.context:context": "()",
    "tensorflow.python.framework.config:disable_op_determinism": "()",
    "tensorflow.python.framework.config:is_op_determinism_enabled": "()",
    "keras:Layer._get_call_context": "(self)",
    "keras.src.layers.layer:CallContext.get_value": "(self, arg_name, default=None)",
    "keras.src.layers.layer:CallContext.set_value": "(self, arg_name, value)",
    "keras:Layer._flatten_layers": "(self, include_self=True, recursive=True)",
    "keras:Model._symbolic_build": "(self, iterator=None, data_batch=None)",
    "keras:StatelessScope.__init__": "(self, state_mapping=None, collect_losses=False, initialize_variables=True)",
    "keras:StatelessScope.add_loss": "(self, loss)",
    "keras:StatelessScope.add_update": "(self, update)",
    "keras:StatelessScope.get_current_value": "(self, variable)",
    "keras:Variable._direct_assign": "(self, value)",
    "keras.callbacks:EarlyStopping._set_monitor_op": "(self)",
    "keras.callbacks:ModelCheckpoint._set_monitor_op": "(self)",
    "keras.callbacks:ReduceLROnPlateau._set_monitor_op": "(self)",
    "keras.optimizers:Optimizer._all_reduce_sum_gradients": "(self, grads_and_vars)",
    "keras.optimizers:Optimizer._apply_weight_decay": "(self, variables)",
    "keras.optimizers:Optimizer._backend_apply_gradients": "(self, grads, trainable_variables)",
    "keras.optimizers:Optimizer._backend_increment_gradient_accumulators": "(self, grads, acc_grads)",
    "keras.optimizers:Optimizer._backend_reset_gradient_accumulators": "(self)",
    "keras.optimizers:Optimizer._backend_update_step": "(self, grads, trainable_variables, learning_rate)",
    "keras.optimizers:Optimizer._clip_gradients": "(self, grads)",
    "keras.optimizers:Optimizer._get_current_learning_rate": "(self)",
    "keras.optimizers:Optimizer._get_variable_index": "(self, variable)",
    "keras.optimizers:Optimizer._update_model_variables_moving_average": "(self, trainable_variables)",
    "keras.src.models.functional:Functional._standardize_inputs": "(self, inputs)",
    "keras.src.models.functional:operation_fn": "(operation, **call_context_args)",
    "tensorflow.python.framework.op_def_registry:get": "(name)",
    "keras.src.models.functional:Functional._run_through_graph": "(self, inputs, operation_fn, call_fn=None)",
    "keras_tuner:Oracle._random_values": "(self)",
    "keras_tuner:Oracle._record_values": "(self, trial)",
    "keras_tuner:Oracle._save_trial": "(self, trial)",
}


def model():
    inputs = keras.Input((2,), name="x")
    outputs = [keras.layers.Dense(1, name=name)(inputs) for name in ("first", "second")]
    made = keras.Model(inputs, outputs)
    made.compile("sgd", loss=["mse", "mse"])
    made._symbolic_build(data_batch=(tf.TensorSpec((1, 2)), (tf.TensorSpec((1, 1)),) * 2))
    return made


def optimizer():
    made = keras.optimizers.SGD(0.5, gradient_accumulation_steps=2)
    made.build([keras.Variable([1.0])])
    return made


def attention():
    made = keras.layers.MultiHeadAttention(1, 2, kernel_regularizer="l2")
    made(keras.ops.ones((1, 3, 2)), keras.ops.ones((1, 3, 2)))
    return made


def nested_scope():
    with keras.StatelessScope(), keras.StatelessScope() as inner:
        return type(inner.original_scope).__name__, inner.collect_losses, inner.losses


def node():
    found = model().get_layer("first")._inbound_nodes[0]
    return (
        found.is_input,
        found.operation.name,
        found.arguments.args[0].name,
        found.arguments.kwargs,
        len(found.outputs),
    )


def context():
    found, before = import_module("tensorflow.python.eager.context").context(), keras_internals.operation_seed()
    tf.random.set_seed(1)
    keras_internals.set_operation_seed(before)
    return found


def oracle():
    tuner = import_module("keras_tuner")
    return tuner.oracles.RandomSearchOracle(objective=tuner.Objective("score", "max"), max_trials=1)


def thread_state():
    keras.layers.Dense(1)
    keras.random.uniform((1,))
    return vars(import_module("keras.src.backend.common.global_state").GLOBAL_STATE_TRACKER)


#: Attributes, each with a function that reads it and the expected value.
ATTRIBUTES = {
    "AUC._from_logits": (lambda: keras.metrics.AUC(from_logits=True)._from_logits, True),
    "Callback._model": (lambda: keras.callbacks.Callback()._model, None),
    "Context._rng": (lambda: type(context()._rng).__name__, "Random"),
    "Context._seed": (lambda: context()._seed == keras_internals.operation_seed().seed, True),
    "Dense._kernel": (lambda: [layer._kernel is layer.kernel for layer in model().layers[1:]], [True, True]),
    "Function._nodes_by_depth": (
        lambda: [{entry.operation.name for entry in nodes} for _, nodes in sorted(model()._nodes_by_depth.items())],
        [{"first", "second"}, {"x"}],
    ),
    "GLOBAL_STATE_TRACKER.global_seed_generator": (lambda: thread_state()["global_seed_generator"].state.shape, (2,)),
    "GLOBAL_STATE_TRACKER.object_name_uids": (lambda: thread_state()["object_name_uids"]["dense"] > 0, True),
    "KerasTensor._keras_history": (
        lambda: [model().outputs[1]._keras_history[0].name, *model().outputs[1]._keras_history[1:]],
        ["second", 0, 0],
    ),
    "Loss._fn_kwargs": (lambda: keras.losses.BinaryCrossentropy(from_logits=True)._fn_kwargs["from_logits"], True),
    "Layer._seed_generators": (lambda: len(keras.layers.Dropout(0.5, seed=1)._seed_generators), 1),
    "LossScaleOptimizer.inner_optimizer": (
        lambda: type(keras.optimizers.LossScaleOptimizer(optimizer()).inner_optimizer).__name__,
        "SGD",
    ),
    "Metric._fn_kwargs": (lambda: keras.metrics.TopKCategoricalAccuracy(k=3)._fn_kwargs, {"k": 3}),
    "Model._compile_loss": (
        lambda: [metric.name for metric in model()._compile_loss.metrics],
        ["first_loss", "second_loss"],
    ),
    "Model._compile_loss before compile": (lambda: keras.Model()._compile_loss, None),
    "Model._loss_tracker": (lambda: model()._loss_tracker.name, "loss"),
    "MultiHeadAttention._attention_axes": (lambda: attention()._attention_axes, (1,)),
    "MultiHeadAttention._kernel_regularizer": (lambda: round(float(attention()._kernel_regularizer.l2), 6), 0.01),
    "Node": (node, (False, "first", "x", {}, 1)),
    "Operation._inbound_nodes": (
        lambda: [entry.name for entry in model().get_layer("first")._inbound_nodes[0].input_tensors],
        ["x"],
    ),
    "Operation._inbound_nodes[0].output_tensors": (lambda: len(model().layers[1]._inbound_nodes[0].output_tensors), 1),
    "Optimizer._accumulated_gradients": (lambda: [sum_.shape for sum_ in optimizer()._accumulated_gradients], [(1,)]),
    "Optimizer._iterations": (lambda: int(optimizer()._iterations.numpy()), 0),
    "Optimizer._learning_rate": (lambda: float(optimizer()._learning_rate), 0.5),
    "Optimizer._trainable_variables": (lambda: len(optimizer()._trainable_variables), 1),
    "Oracle._max_collisions": (lambda: oracle()._max_collisions, 20),
    "Sequential._functional": (
        lambda: type(keras.Sequential([keras.Input((2,)), keras.layers.ReLU()])._functional).__name__,
        "Functional",
    ),
    "StatelessScope": (nested_scope, ("StatelessScope", False, [])),
    "Tensor._keras_mask": (
        lambda: keras.layers.Masking()(keras.ops.ones((1, 3, 2)))._keras_mask.numpy().tolist(),
        [[True] * 3],
    ),
}
#: The file that uses KerasTuner, and the private names that it may use.
TUNER = PACKAGE / "tune" / "proposer.py"
OF_TUNER = {"_max_collisions", "_random_values", "_record_values", "_save_trial"}
#: Private names of Python's own.
OF_PYTHON = {"_args_from_interpreter_flags", "_exit", "_fields", "_getframe", "_run_exitfuncs"}


def signature_differences(expected):
    """Every function that is missing or whose signature is another one."""
    for path, signature in expected.items():
        try:
            found = re.sub(r"=<function .*? at \w+>", "", str(inspect.signature(resolve(path))))
        except (ImportError, AttributeError) as error:
            found = f"none ({error})"
        if found != signature:
            yield f"{path}: expected {signature}, got {found}"


def attribute_differences(expected):
    """Every attribute that is missing or whose value is another one."""
    for name, (read, value) in expected.items():
        try:
            found = read()
        except (ImportError, AttributeError, KeyError, IndexError, TypeError) as error:
            found = error
        if found != value:
            yield f"{name}: expected {value!r}, got {found!r}"


def resolve(path):
    module, _, names = path.partition(":")
    found = import_module(module)
    for name in names.split("."):
        found = getattr(found, name)
    return found


def private_uses(nodes):
    """Lines and names of attributes that begin with one underscore, and of the private modules of both libraries."""
    for entry in nodes:
        if isinstance(entry, ast.ImportFrom | ast.Import):
            modules = [alias.name for alias in entry.names] if isinstance(entry, ast.Import) else [entry.module or ""]
            yield from ((entry.lineno, name) for name in modules if name.startswith(("keras.src", "tensorflow.python")))
        elif isinstance(entry, ast.Attribute) and (entry.attr.startswith("_") or entry.attr == "src"):
            yield entry.lineno, entry.attr
        elif isinstance(entry, ast.Call) and getattr(entry.func, "id", "") in ("getattr", "hasattr", "setattr"):
            name = entry.args[1]
            if isinstance(name, ast.Constant) and str(name.value).startswith("_"):
                yield entry.lineno, name.value


def defined(nodes):
    """Names that a file defines: functions, classes, variables and attributes that it sets on `self`."""
    for entry in nodes:
        if isinstance(entry, ast.FunctionDef | ast.ClassDef):
            yield entry.name
        elif isinstance(entry, ast.Name) and isinstance(entry.ctx, ast.Store):
            yield entry.id
        elif (
            isinstance(entry, ast.Attribute) and isinstance(entry.ctx, ast.Store) and isinstance(entry.value, ast.Name)
        ):
            yield entry.attr


def test_every_private_interface_is_as_expected():
    differences = [*signature_differences(SIGNATURES), *attribute_differences(ATTRIBUTES)]
    assert not differences, "\n".join(["", *differences])


def test_differences_are_all_reported():
    assert list(
        signature_differences({"keras:Layer._nothing": "()", "keras:ops.relu": "(x)", "keras:ops.max": "(x)"})
    ) == [
        "keras:Layer._nothing: expected (), got none (type object 'Layer' has no attribute '_nothing')",
        "keras:ops.max: expected (x), got (x, axis=None, keepdims=False, initial=None)",
    ]
    assert list(
        attribute_differences({"a": (lambda: keras._nothing, 1), "b": (lambda: 1, 2), "c": (lambda: 1, 1)})
    ) == [
        "a: expected 1, got AttributeError(\"module 'keras' has no attribute '_nothing'\")",
        "b: expected 2, got 1",
    ]


def test_each_private_name_of_the_module_is_compared():
    names = {name for _, name in private_uses(ast.walk(ast.parse(MODULE.read_text())))} | OF_TUNER
    compared = "\n".join([*SIGNATURES, *ATTRIBUTES])
    assert [name for name in names if name not in compared] == []


def test_no_other_file_uses_a_private_interface():
    files = [path for path in sorted(PACKAGE.rglob("*.py")) if path != MODULE]
    nodes = {path: list(ast.walk(ast.parse(path.read_text()))) for path in files}
    own = {name for of_file in nodes.values() for name in defined(of_file)} | OF_PYTHON
    found = [
        f"{path.relative_to(PACKAGE.parent)}:{line}: {name}"
        for path, of_file in nodes.items()
        for line, name in private_uses(of_file)
        if name not in own and not name.startswith("__") and not (path == TUNER and name in OF_TUNER)
    ]
    assert found == [], "write a function in kpipe/keras_internals.py"
