"""Callbacks for any Keras code: schedules, early stopping, weight averaging and explosion detection.

They depend only on Keras and NumPy, and work in any `model.fit` on Keras' TensorFlow and JAX backends.

Example:
    >>> import keras
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    >>> model.compile(keras.optimizers.SGD(0.1), "mse")
    >>> callbacks = [CosineSchedule(), PolyakAveraging(), ExplosionDetector()]
    >>> ones = keras.ops.ones((4, 1))
    >>> history = model.fit(ones, ones, batch_size=1, verbose=0, callbacks=callbacks)
    >>> [round(rate, 4) for rate in history.history["learning_rate"]]
    [0.0146]
"""

from kpipe_callbacks import schedules as schedules
from kpipe_callbacks.batch_statistics import BatchStatistics as BatchStatistics
from kpipe_callbacks.batch_values import BatchValues as BatchValues
from kpipe_callbacks.early_stopping import EarlyStopping as EarlyStopping
from kpipe_callbacks.explosion_detector import ExplosionDetector as ExplosionDetector
from kpipe_callbacks.explosion_error import ExplosionError as ExplosionError
from kpipe_callbacks.find_learning_rate import find_learning_rate as find_learning_rate
from kpipe_callbacks.layer_measurement import LayerMeasurement as LayerMeasurement
from kpipe_callbacks.layer_statistics import LayerStatistics as LayerStatistics
from kpipe_callbacks.layer_values import LayerValues as LayerValues
from kpipe_callbacks.learning_rate_curve import LearningRateCurve as LearningRateCurve
from kpipe_callbacks.phase import Phase as Phase
from kpipe_callbacks.polyak_averaging import PolyakAveraging as PolyakAveraging
from kpipe_callbacks.schedule_callbacks.composed_schedule import ComposedSchedule as ComposedSchedule
from kpipe_callbacks.schedule_callbacks.constant_schedule import ConstantSchedule as ConstantSchedule
from kpipe_callbacks.schedule_callbacks.cosine_restarts_schedule import CosineRestartsSchedule as CosineRestartsSchedule
from kpipe_callbacks.schedule_callbacks.cosine_schedule import CosineSchedule as CosineSchedule
from kpipe_callbacks.schedule_callbacks.cyclic_schedule import CyclicSchedule as CyclicSchedule
from kpipe_callbacks.schedule_callbacks.exponential_schedule import ExponentialSchedule as ExponentialSchedule
from kpipe_callbacks.schedule_callbacks.inverse_sqrt_schedule import InverseSqrtSchedule as InverseSqrtSchedule
from kpipe_callbacks.schedule_callbacks.inverse_time_schedule import InverseTimeSchedule as InverseTimeSchedule
from kpipe_callbacks.schedule_callbacks.linear_schedule import LinearSchedule as LinearSchedule
from kpipe_callbacks.schedule_callbacks.one_cycle_schedule import OneCycleSchedule as OneCycleSchedule
from kpipe_callbacks.schedule_callbacks.polynomial_schedule import PolynomialSchedule as PolynomialSchedule
from kpipe_callbacks.schedule_callbacks.schedule import Schedule as Schedule
from kpipe_callbacks.schedule_callbacks.step_schedule import StepSchedule as StepSchedule
from kpipe_callbacks.step_callback import StepCallback as StepCallback
from kpipe_callbacks.step_variables import OnReplicas as OnReplicas
from kpipe_callbacks.step_variables import OnRollback as OnRollback

# A callback is registered by one import above, both for Python and for kpipe specs.
__all__ = sorted(
    ["find_learning_rate", "schedules", *(name for name, value in vars().copy().items() if isinstance(value, type))]
)
