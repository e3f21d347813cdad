"""Facts about Keras' optimizers that their signatures and docstrings do not state."""

from __future__ import annotations

from kpipe.components.inspection.overlays.overlay import Overlay
from kpipe.components.inspection.overlays.shared import (
    A_BASE,
    AT_LEAST_1,
    BELOW_1,
    FLAG,
    FRACTION,
    NAME,
    NOT_NEGATIVE,
    POSITIVE,
)
from kpipe.components.inspection.rule import component, integer, number

OVERLAY = Overlay(
    rules={
        "name": NAME,
        "learning_rate": component("schedule", "float", interval=POSITIVE),
        "inner_optimizer": component("optimizer"),
        "momentum": number(BELOW_1),
        "*beta_1": number(BELOW_1),
        "*beta_2": number(BELOW_1),
        "rho": number(BELOW_1),
        "epsilon": number(POSITIVE),
        "epsilon_?": number(POSITIVE),
        "clip_threshold": number(POSITIVE),
        "*weight_decay": number(NOT_NEGATIVE),
        "clipnorm": number(POSITIVE),
        "clipvalue": number(POSITIVE),
        "global_clipnorm": number(POSITIVE),
        "use_ema": FLAG,
        "ema_momentum": number(FRACTION),
        "ema_overwrite_frequency": integer(AT_LEAST_1),
        "loss_scale_factor": number(POSITIVE),
        "gradient_accumulation_steps": integer("[2, inf)"),
        "initial_accumulator_value": number(NOT_NEGATIVE),
        "*_regularization_strength": number(NOT_NEGATIVE),
        "beta": number(NOT_NEGATIVE),
        "learning_rate_power": number("(-inf, 0]"),
        "initial_scale": number(POSITIVE),
        "dynamic_growth_steps": integer(AT_LEAST_1),
        "warmup_steps": integer(NOT_NEGATIVE),
        "ns_steps": integer(AT_LEAST_1),
        "adam_lr_ratio": number(POSITIVE),
        "rms_rate": number(NOT_NEGATIVE),
    },
    excluded={
        "Optimizer": f"{A_BASE}; use one of its subclasses, such as SGD or Adam",
        "MultiOptimizer": "it requires an OptimizerMap of Python objects",
        "OptimizerMap": "it maps Python objects",
    },
    texts={
        "name": "the name of the optimizer",
        "Muon.exclude_layers": "regular expressions for paths of variables",
    },
    patterns=frozenset({("Muon", "exclude_layers")}),
)
