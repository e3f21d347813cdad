"""The state of the process that a training changes; it is restored, and only one training uses it at a time."""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from importlib import import_module
from typing import Any, ParamSpec, TypeVar

from kpipe import keras_internals
from kpipe.components.inspection.custom_classes import IMPORTED_FILE
from kpipe.errors import DataError
from kpipe.keras_internals import NAME_COUNTERS, thread_state

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
#: Settings of `keras.config` that are not part of its global state, with the values of a new process. The other
#: settings (dtype policy, safe mode, flash attention, logging) are cleared with the global state.
_CONFIG: dict[str, Any] = {
    "floatx": "float32",
    "epsilon": 1e-7,
    "image_data_format": "channels_last",
    "max_epochs": None,
    "max_steps_per_epoch": None,
}


@dataclass
class _Owner:
    """The thread that uses the state of the process.

    Args:
        thread: the identifier of the thread.
        is_run: whether it trains.
        trains: whether the training itself has begun; after that, only custom code can call kpipe in this thread.
        depth: the number of nested calls of kpipe.
        handlers: the previous signal handlers.
    """

    thread: int
    is_run: bool
    trains: bool = False
    depth: int = 1
    handlers: dict[int, Any] = field(default_factory=dict)


_CHANGED = threading.Condition()
_OWNERS: list[_Owner] = []
_FORKED: list[bool] = []


@contextmanager
def process_state(seed: int | None = None, *, is_run: bool = False) -> Iterator[None]:
    """Reserve the state of the process for the block, and restore it afterwards, also after an error.

    The state consists of the random generators of Python, NumPy, TensorFlow and Keras; the settings of `keras.config`,
    such as the dtype policy and the format of images; name counters, and classes that the caller has registered;
    deterministic operations; and the handlers of SIGINT and SIGTERM.
    Within the block, the state is that of a new process with the given seed. TensorFlow cannot undo some changes: the
    growth of GPU memory, logical devices, and that operations with an explicit seed (`tf.random.uniform(seed=1)`)
    restart their sequence.

    A block waits for that of another thread, unless that thread runs a training.

    Args:
        seed: the seed of all generators within the block; None keeps their states.
        is_run: whether it trains.

    Raises:
        DataError: a run uses the state, in another thread or in this one if a callback calls kpipe; or the process was
            forked from one that was training.

    Example:
        >>> random.seed(1)
        >>> before = random.getstate()
        >>> with process_state(seed=7):
        ...     _ = random.random()
        >>> random.getstate() == before
        True
    """
    if not _acquire(is_run):
        _OWNERS[0].depth += 1
        try:
            yield
        finally:
            _OWNERS[0].depth -= 1
        return
    try:
        state = _State()
        try:
            state.begin(seed)
            with warnings.catch_warnings():
                # Keras 3.15 converts TensorFlow's tensors so that NumPy 2 warns; the caller's filter may raise.
                warnings.filterwarnings("ignore", "__array__ implementation doesn't accept a copy", DeprecationWarning)
                yield
        finally:
            state.restore()
    finally:
        _release()


@contextmanager
def isolated_state() -> Iterator[None]:
    """Use the Keras state of a new process within the block, and restore random generators and counters afterwards.

    Use it for work within a run that must not affect the run, such as building a second model.
    """
    state = _State()
    try:
        state.begin(None)
        yield
    finally:
        state.restore()


def in_process_state(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Decorate a function that loads or evaluates models to run inside `process_state`."""

    @wraps(function)
    def inside(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        with process_state():
            return function(*args, **kwargs)

    return inside


@contextmanager
def preserve_caller_state() -> Iterator[None]:
    """Restore the state that reading a spec may change: the generators of Python and NumPy, Keras' state, and classes.

    Within the block, Keras' state is that of a new process, for models that are built to be checked. It does nothing
    while a run in this process uses the state.
    """
    with _CHANGED:
        is_free = not _OWNERS and not _FORKED
        if is_free:
            _OWNERS.append(_Owner(threading.get_ident(), is_run=False))
    if not is_free:
        yield
        return
    try:
        # Without an import of Keras there is no state of Keras to restore.
        generators, state = _Generators(), _Keras() if "keras" in sys.modules else None
        try:
            if state is not None:
                state.begin()
            yield
        finally:
            if state is not None:
                state.restore()
            generators.restore()
    finally:
        _release()


@contextmanager
def training() -> Iterator[None]:
    """Refuse calls of kpipe by this thread within the block, since they come from callbacks or layers."""
    owner = _OWNERS[0] if _OWNERS and _OWNERS[0].thread == threading.get_ident() else None
    if owner is None:
        yield
        return
    owner.trains = True
    try:
        yield
    finally:
        owner.trains = False


def _acquire(is_run: bool) -> bool:
    """Acquire the state as soon as it is free; return False if this thread already has it."""
    with _CHANGED:
        while True:
            if _FORKED:
                raise DataError(
                    "this process was forked from one that was training, which TensorFlow does not support; start it "
                    "with multiprocessing.get_context('spawn')"
                )
            owner = _OWNERS[0] if _OWNERS else None
            if owner is None:
                handlers: dict[int, Any] = {number: signal.getsignal(number) for number in _SIGNALS}
                _OWNERS.append(_Owner(threading.get_ident(), is_run, handlers=handlers))
                return True
            is_own = owner.thread == threading.get_ident()
            if owner.trains or (owner.is_run and not is_own):
                where = "whose custom code called kpipe" if is_own else "in another thread"
                raise DataError(
                    f"this process is busy with a run {where}, and random generators, standard output and signal "
                    "handlers exist once in a process; wait for the end of the run, or use a process for each run, "
                    "such as one of multiprocessing.get_context('spawn')"
                )
            if is_own:
                return False
            _CHANGED.wait()


def _release() -> None:
    with _CHANGED:
        _OWNERS.clear()
        _CHANGED.notify_all()


def _after_fork() -> None:
    """Release the state in a child process: restore its signal handlers, and refuse a use of TensorFlow."""
    global _CHANGED
    _CHANGED = threading.Condition()
    if not _OWNERS:
        return
    owner = _OWNERS.pop()
    if owner.is_run:
        _FORKED.append(True)
        for number, handler in owner.handlers.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class _Generators:
    """The states of the generators of Python, and of NumPy if it is imported."""

    def __init__(self) -> None:
        self._python = random.getstate()
        self._numpy = sys.modules["numpy"].random.get_state(legacy=False) if "numpy" in sys.modules else None

    def restore(self) -> None:
        random.setstate(self._python)
        if self._numpy is not None:
            sys.modules["numpy"].random.set_state(self._numpy)


class _State:
    """The state that `process_state` restores."""

    def __init__(self) -> None:
        from kpipe.train.devices.tensorflow_start import start_tensorflow

        self._generators = _Generators()
        try:
            start_tensorflow()
            self._keras = _Keras()
            self._tensorflow = _TensorFlow() if "tensorflow" in sys.modules else None
        except BaseException:
            self._generators.restore()
            raise

    def begin(self, seed: int | None) -> None:
        self._keras.begin()
        if seed is not None:
            import keras

            keras.utils.set_random_seed(seed)

    def restore(self) -> None:
        if self._tensorflow is not None:
            self._tensorflow.restore()
        self._keras.restore()
        self._generators.restore()


class _Classes:
    """The classes that are registered in Keras, if Keras is imported."""

    def __init__(self) -> None:
        # `import_module` waits if another thread is importing Keras.
        self._known = dict(import_module("keras").saving.get_custom_objects()) if "keras" in sys.modules else {}

    def restore(self) -> None:
        """Restore the registered classes of the caller; keep new ones, so that Keras can load the model of a run."""
        for name, value in self._known.items():
            now = import_module("keras").saving.get_custom_objects()
            # For a file under `imports`, the class that was read last is the right one.
            if now.get(name) is not value and not IMPORTED_FILE.match(str(getattr(value, "__module__", ""))):
                now[name] = value


class _Keras:
    """Keras' state of this thread, its configuration, and its registered classes."""

    def __init__(self) -> None:
        import keras

        self._attributes = {**thread_state()}
        counters = self._attributes.get(NAME_COUNTERS)
        if counters is not None:
            self._attributes[NAME_COUNTERS] = counters.copy()
        self._config = {name: getattr(keras.config, name)() for name in _CONFIG}
        self._classes = _Classes()

    def begin(self) -> None:
        """Set the state to that of a new process."""
        thread_state().clear()
        _configure(_CONFIG)

    def restore(self) -> None:
        thread_state().clear()
        thread_state().update(self._attributes)
        _configure(self._config)
        self._classes.restore()


def _configure(values: Mapping[str, Any]) -> None:
    import keras

    for name, value in values.items():
        getattr(keras.config, f"set_{name}")(value)


class _TensorFlow:
    """TensorFlow's global seed and the position in its sequence, and whether operations are deterministic."""

    def __init__(self) -> None:
        self._seed, self._is_deterministic = keras_internals.operation_seed(), keras_internals.has_op_determinism()

    def restore(self) -> None:
        keras_internals.set_operation_seed(self._seed)
        if not self._is_deterministic:
            keras_internals.disable_op_determinism()
