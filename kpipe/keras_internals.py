"""The private interfaces of Keras and TensorFlow that kpipe uses, each under a public name.

They are not part of the public API, so an upgrade of Keras may change any of them. No other module of kpipe reads a
private attribute of a Keras object or imports `keras.src` or `tensorflow.python`. `tests/test_keras_internals.py`
compares all of them with the installed versions and lists every difference.

Importing this module imports neither Keras nor TensorFlow.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

#: The attribute in which a callback stores the model that it is set on.
CALLBACK_MODEL = "_model"
#: The attribute in which a `Dense` layer stores its kernel; `kernel` is a property that adds LoRA to it.
DENSE_KERNEL = "_kernel"
#: The attribute in which an attention layer stores the regularizer of the dense layers inside it.
ATTENTION_KERNEL_REGULARIZER = "_kernel_regularizer"
#: The key of `thread_state` under which Keras counts the names of objects.
NAME_COUNTERS = "object_name_uids"
_GLOBAL_SEED_GENERATOR = "global_seed_generator"
#: The mark of a call that runs in inference.
_IN_INFERENCE = "kpipe_in_inference"
#: Operations that TensorFlow counts as stateful, although they only read (Keras does not use the dropout of cuDNN's
#: recurrent layers), and those that run other functions.
_READS = frozenset(
    (
        "Assert",
        "CudnnRNNV3",
        "LookupTableFindV2",
        "Placeholder",
        "ReadVariableOp",
        "ResourceGather",
        "ResourceGatherNd",
        "VarHandleOp",
    )
)
_CONTROLS = frozenset(("Case", "If", "StatefulPartitionedCall", "While"))


# State of the thread and of the process


def thread_state() -> dict[str, Any]:
    """The mutable Keras state of this thread: name counters, the global seed generator and open scopes."""
    from keras.src.backend.common import global_state

    # `keras.utils.clear_session` replaces the tracker, so it must not be stored.
    state: dict[str, Any] = vars(global_state.GLOBAL_STATE_TRACKER)
    return state


def reset_name_counters() -> None:
    """Restart the numbering of the automatic names of Keras objects."""
    from keras.src.utils.naming import reset_uids

    reset_uids()


def global_seed_state() -> Any | None:
    """The variable that contains the state of Keras' global seed generator; None if nothing was drawn from it."""
    from keras.src.backend.common import global_state

    generator = global_state.get_global_attribute(_GLOBAL_SEED_GENERATOR)
    return None if generator is None else generator.state


def set_global_seed_state(state: Any | None) -> None:
    """Set the state of Keras' global seed generator, or remove the generator.

    Args:
        state: an array of two integers, or None to remove the generator; a new one draws its state from Python's
            generator.
    """
    from keras.src.backend.common import global_state
    from keras.src.random.seed_generator import global_seed_generator

    if state is None:
        global_state.set_global_attribute(_GLOBAL_SEED_GENERATOR, None)
    else:
        global_seed_generator().state.assign(state)


class OperationSeed(NamedTuple):
    """The global seed of TensorFlow operations and the state of its generator.

    Args:
        seed: the global seed; None if it was never set.
        generator: TensorFlow's generator of operation seeds; None if there is none yet.
        drawn: state of the generator.
    """

    seed: int | None
    generator: Any
    drawn: Any


def operation_seed() -> OperationSeed:
    """The current global seed of TensorFlow operations."""
    from tensorflow.python.eager import context

    generator = getattr(context.context(), "_rng", None)
    return OperationSeed(context.context()._seed, generator, None if generator is None else generator.getstate())


def set_operation_seed(state: OperationSeed) -> None:
    """Restore the output of `operation_seed`."""
    from tensorflow.python.eager import context

    context.context()._seed = state.seed
    if state.generator is not None:
        state.generator.setstate(state.drawn)
        context.context()._rng = state.generator


def has_op_determinism() -> bool:
    """Whether `tf.config.experimental.enable_op_determinism` was called."""
    from tensorflow.python.framework import config

    return bool(config.is_op_determinism_enabled())


def disable_op_determinism() -> None:
    """Undo `tf.config.experimental.enable_op_determinism`."""
    from tensorflow.python.framework import config

    config.disable_op_determinism()


def in_stateless_scope() -> bool:
    """Whether a `keras.StatelessScope` is open, as in a step on JAX."""
    from keras.src.backend.common import stateless_scope

    return bool(stateless_scope.in_stateless_scope())


def object_sharing_scope() -> Any:
    """A context in which Keras serializes an object that occurs several times only once, as within a model."""
    from keras.src.saving.serialization_lib import ObjectSharingScope

    return ObjectSharingScope()


# Layers and variables


def sublayers(layer: Any, include_self: bool = False) -> list[Any]:
    """Return all layers inside a layer or model, at any depth and without duplicates.

    Args:
        layer: a layer or a model.
        include_self: whether to include the layer itself, as the first one; default False.

    Example:
        >>> import keras
        >>> block = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="out")])
        >>> [entry.name for entry in sublayers(block) if entry.name == "out"]
        ['out']
    """
    return list(layer._flatten_layers(include_self=include_self))


def keep_in_inference(layer: Any) -> None:
    """Make a layer, with all layers inside of it, run in inference while it is not trainable, also in training.

    Args:
        layer: a layer; its configuration does not change.

    Example:
        >>> import keras
        >>> layer = keras.layers.Dropout(0.5, trainable=False)
        >>> keep_in_inference(layer)
        >>> float(keras.ops.min(layer(keras.ops.ones((99,)), training=True)))
        1.0
    """
    call = layer.call
    signature = inspect.signature(call)

    @functools.wraps(call)
    def call_in_inference(*args: Any, **kwargs: Any) -> Any:
        if layer.trainable:
            # As Keras' own layers do, it follows `trainable`, so that users can thaw the model.
            return call(*args, **kwargs)
        bound = signature.bind(*args, **kwargs)
        if "training" in signature.parameters:
            bound.arguments["training"] = False
        # Layers inside without an argument for it read the mode from the context of the call.
        context = layer._get_call_context()
        before = context.get_value("training")
        context.set_value("training", False)
        try:
            return call(*bound.args, **bound.kwargs)
        finally:
            context.set_value("training", before)

    vars(call_in_inference)[_IN_INFERENCE] = True
    # Not through Keras, which tracks assignments to attributes.
    vars(layer)["call"] = call_in_inference


def restore_call(layer: Any) -> None:
    """Undo `keep_in_inference` and `stop_gradient_after`; do nothing for a layer that neither has changed.

    Args:
        layer: a layer.

    Example:
        >>> import keras
        >>> layer = keras.layers.Dropout(0.5, trainable=False)
        >>> keep_in_inference(layer)
        >>> restore_call(layer)
        >>> float(keras.ops.min(layer(keras.ops.ones((99,)), training=True)))
        0.0
    """
    vars(layer).pop("call", None)


@contextmanager
def replaced_call(model: Any, call: Callable[..., Any]) -> Iterator[None]:
    """Within the block, calls of a functional model call a function, with inputs of any structure and shape.

    Args:
        model: the model; neither its configuration nor its layers change.
        call: a function of the inputs and the keyword arguments of the call.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.ReLU()])
        >>> with replaced_call(model, lambda inputs, **arguments: inputs["x"] + 1):
        ...     float(model({"x": keras.ops.zeros(())}))
        1.0
        >>> model(keras.ops.zeros((1, 2))).shape
        TensorShape([1, 2])
    """
    before = vars(model).get("call")
    # Not through Keras, which tracks assignments to attributes.
    vars(model)["call"] = call
    spec = vars(model).get("_manual_input_spec")
    vars(model)["_manual_input_spec"] = None
    try:
        yield
    finally:
        for name, value in (("call", before), ("_manual_input_spec", spec)):
            vars(model).pop(name) if value is None else vars(model).update({name: value})


def layers_in_inference(model: Any) -> list[Any]:
    """The layers of a model that `keep_in_inference` has changed, with all layers inside of them.

    Example:
        >>> import keras
        >>> off, on = keras.layers.Dropout(0.5, name="off"), keras.layers.Dropout(0.5, name="on")
        >>> model = keras.Sequential([keras.Input((2,)), off, on])
        >>> keep_in_inference(off)
        >>> [layer.name for layer in layers_in_inference(model)]
        ['off']
    """
    kept = [layer for layer in sublayers(model) if hasattr(vars(layer).get("call"), _IN_INFERENCE)]
    return [inner for layer in kept for inner in sublayers(layer, include_self=True)]


def stop_gradient_after(layer: Any, frozen: Sequence[Any]) -> None:
    """Make the gradient of the outputs of a layer with respect to its inputs and weights 0, without computing it.

    Args:
        layer: a layer; its configuration does not change.
        frozen: layers; while one of them is trainable, which may be below the layer, the gradient is as usual.

    Example:
        >>> import keras
        >>> import tensorflow as tf
        >>> layer, x = keras.layers.Dense(1, trainable=False), tf.ones((1, 1))
        >>> stop_gradient_after(layer, [layer])
        >>> with tf.GradientTape() as tape:
        ...     tape.watch(x)
        ...     y = layer(x)
        >>> tape.gradient(y, x) is None
        True
    """
    import keras

    call = layer.call

    @functools.wraps(call)
    def call_without_gradient(*args: Any, **kwargs: Any) -> Any:
        if any(entry.trainable for entry in frozen):
            return call(*args, **kwargs)
        return keras.tree.map_structure(keras.ops.stop_gradient, call(*args, **kwargs))

    # Not through Keras, which tracks assignments to attributes.
    vars(layer)["call"] = call_without_gradient


def direct_sublayers(layer: Any) -> list[Any]:
    """Return the layers inside a layer or model, without those inside them."""
    return list(layer._flatten_layers(include_self=False, recursive=False))


def seed_generators(layer: Any) -> list[Any]:
    """The seed generators of a layer itself, without those of the layers inside it."""
    return list(layer._seed_generators)


def attention_axes(layer: Any) -> tuple[int, ...] | None:
    """The axes over which a layer attends; None for a layer without such an argument, or before it is built."""
    return getattr(layer, "_attention_axes", None)


def assign_directly(variable: Any, value: Any) -> None:
    """Assign a value to a variable regardless of any `keras.StatelessScope`."""
    variable._direct_assign(value)


def keras_mask(tensor: Any) -> Any | None:
    """The mask that a layer has attached to its output; None if there is none."""
    return getattr(tensor, "_keras_mask", None)


def set_keras_mask(tensor: Any, mask: Any) -> None:
    """Attach a mask to a tensor, as a layer does to its output."""
    from keras.src.backend.common import masking

    masking.set_keras_mask(tensor, mask)


# Graphs of functional models


def graph_of(operation: Any) -> Any | None:
    """The graph of a functional or sequential model; None for anything else.

    Args:
        operation: a layer, a built model or another operation.
    """
    import keras

    if isinstance(operation, keras.Sequential):
        return operation._functional
    return operation if isinstance(operation, keras.Model) and hasattr(operation, "_run_through_graph") else None


def run_graph(graph: Any, inputs: Sequence[Any], call: Callable[..., Any]) -> Any:
    """Run a graph on any values, with a function in place of the calls of its operations.

    Args:
        graph: a graph from `graph_of`.
        inputs: one value for each input of the graph.
        call: function of an operation and the arguments of its call, which returns a value for each output.

    Returns:
        The values of the outputs, in the structure of the outputs of the graph.
    """
    return graph._run_through_graph(inputs, call_fn=call)


def standardized_inputs(graph: Any, inputs: Any) -> list[Any]:
    """Return the inputs of a graph from `graph_of` in order, as its call converts them."""
    return list(graph._standardize_inputs(inputs))


def has_own_call(operation: Any) -> bool:
    """Whether a functional or sequential model does anything else than to run its graph."""
    import keras
    from keras.src.models.functional import Functional

    return "call" in vars(operation) or type(operation).call not in (keras.Sequential.call, Functional.call)


def call_in_graph(operation: Any, training: bool | None, args: Any, kwargs: Any) -> Any:
    """Call an operation as the call of a functional model does.

    Args:
        operation: a layer or another operation.
        training: the argument `training` of the model.
        args: the arguments of the operation.
        kwargs: its keyword arguments.
    """
    from keras.src.models.functional import operation_fn

    return operation_fn(operation, training=training)(*args, **kwargs)


def changes_state(graph: Any, operations: Iterable[Any]) -> bool:
    """Whether some operations of a TensorFlow graph do anything that running them once would not do.

    That is to draw random numbers from a state, to assign a variable, or to call Python. Reading variables is none.

    Args:
        graph: the graph of a function that is being traced.
        operations: operations of the graph.
    """
    from tensorflow.python.framework import op_def_registry

    stateful = {entry.type: entry for entry in operations if entry.op_def.is_stateful}
    if any(name not in _READS and name not in _CONTROLS for name in stateful):
        return True
    if not any(name in _CONTROLS for name in stateful):
        return False
    found = [entry.node_def for entry in operations if entry.type in _CONTROLS]
    fields = {field.name: value for field, value in graph.as_graph_def().ListFields()}
    functions = {entry.signature.name: entry for entry in fields["library"].function}
    seen: set[str] = set()
    while found:
        node = found.pop()
        if op_def_registry.get(node.op).is_stateful and node.op not in _READS and node.op not in _CONTROLS:
            return True
        for attribute in node.attr.values():
            name = attribute.func.name
            if name in functions and name not in seen:
                seen.add(name)
                found.extend(functions[name].node_def)
    return False


def calls_of(model: Any) -> list[Any]:
    """Return the nodes of a functional model in execution order, without those of the inputs.

    A node has `operation`, `arguments.args`, `arguments.kwargs` and `outputs`.
    """
    depths = model._nodes_by_depth
    return [node for depth in sorted(depths, reverse=True) for node in depths[depth] if not node.is_input]


def origin(tensor: Any) -> tuple[Any, int, int]:
    """The operation that created a symbolic tensor, the index of its call, and the index of the output."""
    operation, node_index, tensor_index = tensor._keras_history
    return operation, node_index, tensor_index


def inputs_of_call(operation: Any, node_index: int) -> list[Any]:
    """The symbolic tensors that an operation received in one of its calls."""
    return list(operation._inbound_nodes[node_index].input_tensors)


def count_outputs(operation: Any) -> int:
    """The number of tensors that an operation returned in its first call."""
    return len(operation._inbound_nodes[0].output_tensors)


def output_spec(layer: Any, *args: Any, **kwargs: Any) -> Any:
    """The output specification of a layer by tracing its call, instead of its own `compute_output_spec`."""
    from keras.src import backend

    return backend.compute_output_spec(layer, *args, **kwargs)


# Training, losses and metrics


def build_compiled_state(model: Any, element_spec: Any, output: Any = None) -> None:
    """Create all variables of the loss, metrics and optimizer of a compiled model.

    Args:
        model: a compiled model; its optimizer, if any, is built before if `output` is given.
        element_spec: specification of a batch, as the `element_spec` of a `tf.data.Dataset`.
        output: symbolic outputs of the model; by default, the model is called to determine their shapes.
    """
    import keras

    if output is None:
        model._symbolic_build(data_batch=element_spec)
        return
    batch = keras.tree.map_structure(lambda spec: keras.KerasTensor(spec.shape, spec.dtype.name), element_spec)
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(batch)
    output_spec(model.compute_metrics, x, y, output, sample_weight=sample_weight)
    output_spec(model.compute_loss, x, y, output, sample_weight=sample_weight, training=False)


def loss_tracker(model: Any) -> Any:
    """The metric that averages the loss of a compiled model."""
    return model._loss_tracker


def target_loss_trackers(model: Any) -> list[Any]:
    """The metrics that average the losses of a compiled model's targets; empty for one target."""
    return list(model._compile_loss.metrics) if model._compile_loss is not None else []


def function_arguments(item: Any) -> Mapping[str, Any] | None:
    """The arguments that a loss or metric passes to its function; None if it does not wrap a function."""
    return getattr(item, "_fn_kwargs", None)


def stated_from_logits(item: Any) -> bool | None:
    """The value of `from_logits` of a loss or metric; None if it has no such argument."""
    # AUC stores it as a private attribute; metrics that wrap a function store it in the arguments of the function.
    value = getattr(item, "from_logits", getattr(item, "_from_logits", None))
    arguments = function_arguments(item)
    if value is None and arguments is not None:
        value = arguments.get("from_logits")
    return None if value is None else bool(value)


def set_monitor_direction(callback: Any) -> None:
    """Make a callback determine the better direction of its metric now instead of after the first epoch."""
    callback._set_monitor_op()


# Optimizers


def learning_rate_source(optimizer: Any) -> Any | None:
    """The schedule or the variable with the learning rate of an optimizer; None if it has neither.

    An optimizer whose attribute `has_learning_rate` is false has a variable that is unused.
    """
    return getattr(optimizer, "_learning_rate", None) if getattr(optimizer, "has_learning_rate", True) else None


def count_batches(optimizer: Any) -> int:
    """The number of batches that an optimizer has received; `iterations` counts the updates of the weights."""
    return int(optimizer._iterations.numpy())


def replace_gradient_sum(optimizer: Any, function: Callable[[list[Any]], list[Any]]) -> None:
    """Replace the summation of the gradients of all replicas in an optimizer.

    Args:
        optimizer: an optimizer without a `LossScaleOptimizer` around it.
        function: function of pairs of gradient and variable, which returns the pairs to apply.
    """
    optimizer._all_reduce_sum_gradients = function


def replace_gradient_step(optimizer: Any, function: Callable[[list[Any], list[Any]], None]) -> None:
    """Replace the processing of gradients in an optimizer: clipping, accumulation and the update of the weights.

    Args:
        optimizer: an optimizer without a `LossScaleOptimizer` around it.
        function: function of gradients and their variables.
    """
    optimizer._backend_apply_gradients = function


def gradient_accumulators(optimizer: Any, variables: Iterable[Any]) -> list[Any]:
    """The variables in which an optimizer accumulates the gradients of some variables."""
    return [optimizer._accumulated_gradients[optimizer._get_variable_index(variable)] for variable in variables]


def add_to_accumulators(optimizer: Any, gradients: list[Any], accumulators: list[Any]) -> None:
    """Add gradients to the accumulators of an optimizer."""
    optimizer._backend_increment_gradient_accumulators(gradients, accumulators)


def reset_accumulators(optimizer: Any) -> None:
    """Set the accumulators of an optimizer to 0."""
    optimizer._backend_reset_gradient_accumulators()


def clipped(optimizer: Any, gradients: list[Any]) -> list[Any]:
    """Gradients clipped by an optimizer."""
    return list(optimizer._clip_gradients(gradients))


def update_weights(optimizer: Any, gradients: list[Any], variables: list[Any]) -> None:
    """Apply the weight decay of an optimizer, and then its update."""
    optimizer._apply_weight_decay(variables)
    optimizer._backend_update_step(gradients, variables, optimizer.learning_rate)


def multiply_learning_rates(optimizer: Any, factors: Mapping[int, float]) -> None:
    """Multiply the learning rate of an optimizer, and its weight decay, by a factor for each variable.

    Args:
        optimizer: a built optimizer that has one learning rate, without a `LossScaleOptimizer` around it.
        factors: the factors by the `id` of the variable; that of the others is 1.
    """
    variables = optimizer._trainable_variables
    scales = [factors.get(id(variable), 1.0) for variable in variables]
    update, decay = optimizer.update_step, optimizer._apply_weight_decay

    def update_step(gradient: Any, variable: Any, learning_rate: Any) -> None:
        # On TensorFlow, this is not the variable of Keras, but the index knows it.
        update(gradient, variable, learning_rate * scales[optimizer._get_variable_index(variable)])

    def apply_weight_decay(variables: Sequence[Any]) -> None:
        groups: dict[float, list[Any]] = {}
        for variable in variables:
            groups.setdefault(scales[optimizer._get_variable_index(variable)], []).append(variable)
        for scale, group in groups.items():
            # The decay reads the learning rate by itself, as a product with it. Here it is that of the class, since
            # another replica may have replaced the other one: all of them reach `decay` before one leaves it.
            rate = type(optimizer)._get_current_learning_rate(optimizer)
            vars(optimizer)["_get_current_learning_rate"] = functools.partial(_product, rate, scale)
            try:
                decay(group)
            finally:
                # Another replica may have removed it.
                vars(optimizer).pop("_get_current_learning_rate", None)

    vars(optimizer).update(update_step=update_step, _apply_weight_decay=apply_weight_decay)


def _product(rate: Any, scale: float) -> Any:
    return rate * scale


def update_average(optimizer: Any) -> None:
    """Update the moving average of the weights in an optimizer with `use_ema`."""
    optimizer._update_model_variables_moving_average(optimizer._trainable_variables)
