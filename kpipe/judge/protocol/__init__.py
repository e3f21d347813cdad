"""The protocol before a long run: probes in a stated order.

Each probe is one file in `probes/`; `PROBES` lists them in the order in which they run.
"""

from __future__ import annotations

from kpipe.judge.protocol.probe import Probe
from kpipe.judge.protocol.probes.explosion import Explosion
from kpipe.judge.protocol.probes.first_loss import FirstLoss
from kpipe.judge.protocol.probes.gradients import Gradients
from kpipe.judge.protocol.probes.layer_gradients import LayerGradients
from kpipe.judge.protocol.probes.learning_rate_range import LearningRateRange
from kpipe.judge.protocol.probes.regularization import Regularization
from kpipe.judge.protocol.probes.signal import Signal
from kpipe.judge.protocol.probes.tiny_overfit import TinyOverfit
from kpipe.judge.protocol.probes.update_ratio import UpdateRatio

PROBES: tuple[Probe, ...] = (
    FirstLoss(),
    Regularization(),
    Signal(),
    Gradients(),
    UpdateRatio(),
    TinyOverfit(),
    LearningRateRange(),
    Explosion(),
    LayerGradients(),
)
