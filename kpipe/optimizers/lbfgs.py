"""Limited-memory BFGS for the loss of the whole training part."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, ClassVar

import keras
import numpy as np
import numpy.typing as npt
from annotated_types import Ge, Interval

from kpipe.components.argument_check import check_arguments
from kpipe.errors import ArgumentError
from kpipe.optimizers._evaluations import Evaluations
from kpipe.optimizers._flat_weights import FlatWeights
from kpipe.optimizers._two_loop import inverse_hessian_product

Vector = npt.NDArray[np.float64]
#: Returns the loss and its gradient, as one vector, at the present weights.
Evaluate = Callable[[], tuple[float, Vector]]
#: A pair is stored only if y's > eps y'y: Byrd, Lu, Nocedal and Zhu 1995, equation 3.9.
_CURVATURE = 2.2e-16
#: The values of the variable `status`.
_RUNNING, _CONVERGED, _PRECISE, _FAILED, _NOT_FINITE = range(5)
#: The relative error of a loss in float32, which is a mean of many.
_PRECISION = 10 * float(np.finfo(np.float32).eps)
_RESCALED = "the line search needs the gradient of the loss itself, and already limits the length of a step; remove it"
_AVERAGED = "the weights converge to a minimum instead of moving around it, so that averages only lag; remove it"


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class LBFGS(keras.optimizers.Optimizer):  # type: ignore[misc,unused-ignore]
    """Limited-memory BFGS with a strong Wolfe line search, on the whole training part.

    Iteration k moves the weights x along d = -H g, where g is the gradient of the loss f and H the approximation of the
    inverse Hessian by the last `history` pairs s = x' - x and y = g' - g (Liu and Nocedal, "On the limited memory BFGS
    method for large scale optimization", Math. Programming 45, 1989; Nocedal and Wright, "Numerical Optimization", 2nd
    ed. 2006, algorithm 7.4, with H0 = (s'y / y'y) I, equation 7.20). The first direction is -g / norm(g). The step
    length a is that of `scipy.optimize.line_search`, beginning with 1, and satisfies the strong Wolfe conditions
    (equation 3.7)

        f(x + a d) <= f(x) + c1 a g'd    and    abs(g(x + a d)'d) <= c2 abs(g'd).

    If no step length does, the pairs are discarded and -g is tried; if that fails too, the training has ended.

    A run computes one iteration per epoch, in which the loss and the gradient are summed over the training part in
    batches of `data.batch_size`, once for each step length that is tried, mostly one. Everything that makes the loss
    random is refused. The state (pairs, gradient, loss) consists of variables with 2 `history` + 1 times the bytes of
    the weights.

    Args:
        history: number of pairs, at least 1, default 10; Nocedal and Wright recommend 3 to 20.
        gradient_tolerance: the training has converged when the Euclidean norm of the gradient is at most this number,
            at least 0, default 1e-5. The relative error of gradients in float32 is about 1e-6, so that a training
            with large gradients ends when the line search finds no lower loss.
        c1: constant of the sufficient decrease condition, in (0, 1), default 1e-4.
        c2: constant of the curvature condition, in (c1, 1), default 0.9.
        max_line_search: number of step lengths after which the line search gives up to find an interval with a
            minimum, at least 1, default 20; each is twice the previous one.
        name: the name of the optimizer, default `lbfgs`.

    Raises:
        ArgumentError: an argument is out of range, or `c1` is not below `c2`.

    Example:
        >>> x = keras.Variable([3.0, -1.0])
        >>> scale = np.array([1.0, 10.0])
        >>> def quadratic():
        ...     point = np.asarray(x, np.float64)
        ...     return float(scale @ point**2 / 2), scale * point
        >>> optimizer = LBFGS()
        >>> optimizer.build([x])
        >>> while optimizer.stop_reason is None:
        ...     optimizer.iterate(quadratic)
        >>> optimizer.stop_reason.partition(":")[0], bool(np.abs(np.asarray(x)).max() < 1e-5)
        ('converged', True)
    """

    #: Whether an update needs the loss of the whole training part; read by kpipe.
    full_batch: ClassVar[bool] = True
    #: Whether steps depend on a learning rate; read by kpipe.
    has_learning_rate: ClassVar[bool] = False
    #: Arguments of other optimizers, each with the reason why it cannot be used; read by kpipe.
    refused_arguments: ClassVar[Mapping[str, str]] = {
        "learning_rate": "the line search chooses the length of each step; remove it",
        "clipnorm": _RESCALED,
        "global_clipnorm": _RESCALED,
        "clipvalue": _RESCALED,
        "gradient_accumulation_steps": "each update already uses the sum over the whole training part; remove it",
        "loss_scale_factor": "the line search compares losses and gradients, which must have one scale; remove it",
        "weight_decay": "it is not a part of the loss, which the line search lowers; write train.regularize: {l2: ...}",
        "use_ema": _AVERAGED,
        "ema_momentum": _AVERAGED,
        "ema_overwrite_frequency": _AVERAGED,
        "momentum": "the pairs of earlier steps already determine the direction; write history",
    }

    @check_arguments
    def __init__(
        self,
        history: Annotated[int, Ge(1)] = 10,
        gradient_tolerance: Annotated[float, Ge(0)] = 1e-5,
        c1: Annotated[float, Interval(gt=0, lt=1)] = 1e-4,
        c2: Annotated[float, Interval(gt=0, lt=1)] = 0.9,
        max_line_search: Annotated[int, Ge(1)] = 20,
        name: str = "lbfgs",
    ) -> None:
        if c1 >= c2:
            raise ArgumentError(
                "c1", f"out of range; expected a number below c2, {c2:g}, got {c1:g}; lower c1 or raise c2"
            )
        super().__init__(learning_rate=1.0, name=name)
        self.history, self.max_line_search = int(history), int(max_line_search)
        self.gradient_tolerance, self.c1, self.c2 = float(gradient_tolerance), float(c1), float(c2)
        self._point: Vector | None = None

    def build(self, variables: Sequence[keras.Variable]) -> None:
        """Create the state for some trainable variables.

        Raises:
            ValueError: the backend is not TensorFlow, or a variable is not float32 or float64.
        """
        if self.built:
            return
        if keras.backend.backend() != "tensorflow":
            raise ValueError(
                f"LBFGS requires the TensorFlow backend, got {keras.backend.backend()}; set KERAS_BACKEND=tensorflow, "
                "or write another optimizer, such as Adam"
            )
        for variable in variables:
            if variable.dtype not in ("float32", "float64"):
                raise ValueError(
                    f"LBFGS requires weights in float32 or float64, got {variable.dtype} for {variable.path}; write "
                    "train.precision: float32"
                )
        super().build(variables)
        self._weights = FlatWeights(variables)
        size = self._weights.size
        dtype = "float64" if any(variable.dtype == "float64" for variable in variables) else "float32"
        self._steps = [self.add_variable((size,), dtype=dtype, name=f"s_{index}") for index in range(self.history)]
        self._changes = [self.add_variable((size,), dtype=dtype, name=f"y_{index}") for index in range(self.history)]
        self._gradient = self.add_variable((size,), dtype=dtype, name="gradient")
        self._loss = self.add_variable((), dtype="float64", name="loss")
        self._length = self.add_variable((), dtype="float64", name="step_length")
        self._tried = self.add_variable((), dtype="int32", name="evaluations")
        self._pairs = self.add_variable((), dtype="int32", name="pairs")
        self._status = self.add_variable((), dtype="int32", name="status")

    # The state, as plain numbers

    @property
    def loss(self) -> float:
        """The loss at the present weights, after `iterate`."""
        return float(_values(self._loss))

    @property
    def gradient_norm(self) -> float:
        """The Euclidean norm of the gradient at the present weights, after `iterate`."""
        return float(np.linalg.norm(_values(self._gradient)))

    @property
    def step_length(self) -> float:
        """The step length of the last iteration; 0 if it did not move the weights."""
        return float(_values(self._length))

    @property
    def evaluations(self) -> int:
        """The number of evaluations of the loss and the gradient in the last iteration."""
        return _integer(self._tried)

    @property
    def stop_reason(self) -> str | None:
        """Why no further iteration is possible, as a message; None if one is."""
        if not self.built or _integer(self._status) == _RUNNING:
            return None
        iterations, norm = _integer(self.iterations), self.gradient_norm
        after = f"after {iterations} iteration{'' if iterations == 1 else 's'}"
        if _integer(self._status) == _CONVERGED:
            return f"converged: gradient norm {norm:.3g} below {self.gradient_tolerance:g} {after}"
        if _integer(self._status) == _NOT_FINITE:
            return f"the loss or its gradient is not finite {after}"
        if _integer(self._status) == _PRECISE:
            return (
                f"converged to the precision of float32 {after}: a further step would lower the loss by less than "
                f"{_PRECISION:.1g} of it; gradient norm {norm:.3g}, above {self.gradient_tolerance:g}"
            )
        return (
            f"the line search failed {after}: no step length satisfies the Wolfe conditions, neither along the "
            f"direction of L-BFGS nor along the negative gradient; gradient norm {norm:.3g}, above "
            f"{self.gradient_tolerance:g}"
        )

    # The algorithm

    def iterate(self, evaluate: Evaluate) -> None:
        """Compute one iteration, which sets the weights to a point with a lower loss.

        At the end, the last call of `evaluate` was at the weights of the variables. If `stop_reason` is not None
        afterwards, the weights are those of the end.

        Args:
            evaluate: returns the loss and its gradient at the present values of the variables: a number and an array
                (weights,) in the order of the variables.
        """
        point = self._weights.read()
        evaluations = Evaluations(evaluate, self._weights.write)
        if _integer(self.iterations) == 0 or (self._point is not None and not np.array_equal(point, self._point)):
            # At the beginning, or if other code has changed the weights.
            self._pairs.assign(0)
            self._status.assign(_RUNNING)
            loss, gradient = evaluations.at(point)
            self._loss.assign(loss)
            self._gradient.assign(gradient)
        length = 0.0
        if self._may_move():
            length = self._moved(evaluations, point)
        if not length:
            # The metrics of a run are those of the last evaluation.
            evaluations.at(point)
        self._length.assign(length)
        self._tried.assign(evaluations.count)
        self._point = self._weights.read()

    def _may_move(self) -> bool:
        """Return whether the present weights are not the end."""
        norm = self.gradient_norm
        if not math.isfinite(self.loss) or not math.isfinite(norm):
            self._status.assign(_NOT_FINITE)
        elif norm <= self.gradient_tolerance:
            self._status.assign(_CONVERGED)
        return _integer(self._status) == _RUNNING

    def _moved(self, evaluations: Evaluations, point: Vector) -> float:
        """Move the weights to a lower loss, and return the step length; 0 if there is none."""
        gradient, decrease = _values(self._gradient), 0.0
        for pairs in dict.fromkeys([_integer(self._pairs), 0]):
            self._pairs.assign(pairs)
            direction = self._direction(gradient)
            length = self._searched(evaluations, point, gradient, direction)
            # By the quadratic model, -g'd / 2 with a = 1; the first direction is the one with a known curvature.
            decrease = decrease or -float(gradient @ direction) / 2
            if length is not None:
                self._accept(evaluations, point, length * direction)
                return length
        self._status.assign(_PRECISE if 0 < decrease <= _PRECISION * abs(self.loss) else _FAILED)
        return 0.0

    def _direction(self, gradient: Vector) -> Vector:
        pairs = _integer(self._pairs)
        if not pairs:
            return -gradient / float(np.linalg.norm(gradient))
        stored = [number % self.history for number in range(max(0, pairs - self.history), pairs)]
        steps = [_values(self._steps[index]) for index in stored]
        return -inverse_hessian_product(gradient, steps, [_values(self._changes[index]) for index in stored])

    def _searched(self, evaluations: Evaluations, point: Vector, gradient: Vector, direction: Vector) -> float | None:
        """Return a step length that satisfies the strong Wolfe conditions; None if none was found."""
        from scipy.optimize import line_search

        with warnings.catch_warnings():
            # SciPy returns None and warns.
            warnings.simplefilter("ignore", RuntimeWarning)
            length, *_, slope = line_search(
                evaluations.loss,
                evaluations.gradient,
                point,
                direction,
                gfk=gradient,
                old_fval=self.loss,
                c1=self.c1,
                c2=self.c2,
                maxiter=self.max_line_search,
            )
        return None if length is None or slope is None else float(length)

    def _accept(self, evaluations: Evaluations, point: Vector, step: Vector) -> None:
        """Store the new point and its pair."""
        loss, gradient = evaluations.at(point + step)
        before = _values(self._gradient)
        self._gradient.assign(gradient)
        self._loss.assign(loss)
        # As far as the types of the variables represent them, so that a resumed training computes with the same ones.
        moved, change = self._weights.read() - point, _values(self._gradient) - before
        if moved @ change > _CURVATURE * (change @ change):
            pairs = _integer(self._pairs)
            self._steps[pairs % self.history].assign(moved)
            self._changes[pairs % self.history].assign(change)
            self._pairs.assign(pairs + 1)
        self.iterations.assign(_integer(self.iterations) + 1)
        self._may_move()

    # Methods of Keras' optimizers

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Refuse the gradient of a batch.

        Raises:
            ValueError: always.
        """
        raise ValueError(
            "LBFGS cannot update weights by the gradient of a batch, since each update evaluates the loss of all "
            "samples several times; train with kpipe run or Pipeline.run, or call LBFGS.iterate"
        )

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        names = ("history", "gradient_tolerance", "c1", "c2", "max_line_search", "name")
        return {name: getattr(self, name) for name in names}


def _values(variable: Any) -> Vector:
    return np.asarray(keras.ops.convert_to_numpy(variable), np.float64)


def _integer(variable: Any) -> int:
    # On several replicas, a variable cannot be converted directly.
    return int(_values(variable))
