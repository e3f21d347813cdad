"""kpipe's own layers. Importing this makes them known to `keras.saving.load_model`."""

from kpipe.layers._seeds import SHARED
from kpipe.layers.decorrelated_batch_norm import DecorrelatedBatchNorm
from kpipe.layers.drop_connect import DropConnect
from kpipe.layers.fractal_join import FractalJoin
from kpipe.layers.fractional_max_pooling2d import FractionalMaxPooling2D
from kpipe.layers.group_norm import GroupNorm
from kpipe.layers.local_response_norm import LocalResponseNorm
from kpipe.layers.maxout import Maxout
from kpipe.layers.padded_shortcut import PaddedShortcut
from kpipe.layers.residual import Residual
from kpipe.layers.squeeze_excite import SqueezeExcite
from kpipe.layers.stochastic_depth import StochasticDepth
from kpipe.layers.weight_standardized_conv2d import WeightStandardizedConv2D
from kpipe.spec.depth_schedule import depth_schedule

#: What a spec may name; `Residual` is a word of its language.
COMPONENTS: dict[str, str] = {
    "DecorrelatedBatchNorm": "kpipe.layers.decorrelated_batch_norm:DecorrelatedBatchNorm",
    "DropConnect": "kpipe.layers.drop_connect:DropConnect",
    "FractalJoin": "kpipe.layers.fractal_join:FractalJoin",
    "FractionalMaxPooling2D": "kpipe.layers.fractional_max_pooling2d:FractionalMaxPooling2D",
    "GroupNorm": "kpipe.layers.group_norm:GroupNorm",
    "LocalResponseNorm": "kpipe.layers.local_response_norm:LocalResponseNorm",
    "Maxout": "kpipe.layers.maxout:Maxout",
    "PaddedShortcut": "kpipe.layers.padded_shortcut:PaddedShortcut",
    "SqueezeExcite": "kpipe.layers.squeeze_excite:SqueezeExcite",
    "StochasticDepth": "kpipe.layers.stochastic_depth:StochasticDepth",
    "WeightStandardizedConv2D": "kpipe.layers.weight_standardized_conv2d:WeightStandardizedConv2D",
}

__all__ = [
    "COMPONENTS",
    "SHARED",
    "DecorrelatedBatchNorm",
    "DropConnect",
    "FractalJoin",
    "FractionalMaxPooling2D",
    "GroupNorm",
    "LocalResponseNorm",
    "Maxout",
    "PaddedShortcut",
    "Residual",
    "SqueezeExcite",
    "StochasticDepth",
    "WeightStandardizedConv2D",
    "depth_schedule",
]
