"""Layers of kpipe. Importing this package registers them for `keras.saving.load_model`."""

from kpipe.layers._seeds import SHARED as SHARED
from kpipe.layers.decorrelated_batch_norm import DecorrelatedBatchNorm as DecorrelatedBatchNorm
from kpipe.layers.drop_connect import DropConnect as DropConnect
from kpipe.layers.formula import Formula as Formula
from kpipe.layers.fractal_join import FractalJoin as FractalJoin
from kpipe.layers.fractional_max_pooling2d import FractionalMaxPooling2D as FractionalMaxPooling2D
from kpipe.layers.group_norm import GroupNorm as GroupNorm
from kpipe.layers.local_response_norm import LocalResponseNorm as LocalResponseNorm
from kpipe.layers.maxout import Maxout as Maxout
from kpipe.layers.padded_shortcut import PaddedShortcut as PaddedShortcut
from kpipe.layers.position_embedding import PositionEmbedding as PositionEmbedding
from kpipe.layers.residual import Residual as Residual
from kpipe.layers.slice import Slice as Slice
from kpipe.layers.split import Split as Split
from kpipe.layers.squeeze_excite import SqueezeExcite as SqueezeExcite
from kpipe.layers.stochastic_depth import StochasticDepth as StochasticDepth
from kpipe.layers.weight_standardized_conv2d import WeightStandardizedConv2D as WeightStandardizedConv2D
from kpipe.spec.expressions.depth_schedule import depth_schedule as depth_schedule

# A layer is registered by one import above, for Python, Keras and specs.
__all__ = ["SHARED", "depth_schedule", *(name for name, value in vars().copy().items() if isinstance(value, type))]
