"""What the signatures and docstrings of Keras do not say: ranges, objects, enumerations, and what is left out.

This is the only table about a library that is written by hand; a test holds it against the installed version.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache

from kpipe.components.inspection.keras_callbacks import KERAS_CALLBACKS
from kpipe.components.inspection.rule import Rule, number, one_of, stands_for, whole

_POSITIVE = "(0, inf)"
_NOT_NEGATIVE = "[0, inf)"
_AT_LEAST_1 = "[1, inf)"
_SHARE = "[0, 1]"
_BELOW_1 = "[0, 1)"

_FLOATS = ("float16", "bfloat16", "float32", "float64")
_INTEGERS = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
_QUANTIZED = tuple(
    f"{mode}_from_{policy}"
    for mode in ("int8", "int4", "float8")
    for policy in ("float32", "bfloat16", "mixed_bfloat16")
)
_DTYPES = (*_FLOATS, *_INTEGERS, "string")
# For a layer Keras takes `int8` for the beginning of `int8_from_float32`.
_LAYER_DTYPES = (*(name for name in (*_DTYPES, "mixed_float16", "mixed_bfloat16") if name != "int8"), *_QUANTIZED)

_ACTIVATIONS = (
    "celu", "elu", "exponential", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh",
    "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu",
    "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus",
    "swish", "tanh", "tanh_shrink", "threshold",
)  # fmt: skip

_TEXT = Rule(types=("str",))
_RANGE = Rule(types=("list",), item_types=("float",))
_FLOATS_OR_ONE = Rule(types=("float", "list", "null"), item_types=("float",))
_NAME = Rule(types=("str", "null"))
_FLAG = Rule(types=("bool",))
_ANY_NUMBER = Rule(types=("float", "list"), item_types=("float",))
_NO_WEIGHTS = (
    "write `weights: null`, since a spec downloads and reads no weights; for pretrained ones write a function in a "
    "file under `imports`"
)
_ACTIVATION = Rule(types=("str", "null"), choices=_ACTIVATIONS, object_kind="layer")
_DTYPE = Rule(types=("str", "null"), choices=_DTYPES)
_SMOOTH = ("nearest", "bilinear")
_SCALES = ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5")
_MODE = one_of("auto", "min", "max")
_PADDING = one_of("valid", "same", any_case=True)
_REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none")

#: For each kind: `argument` or `Class.argument`, either with wildcards, and what holds for it. The last that
#: matches counts, so exceptions follow the rule.
RULES: dict[str, dict[str, Rule]] = {
    "layer": {
        "*_initializer": stands_for("initializer", "str", "null"),
        "*_regularizer": stands_for("regularizer", "str", "null"),
        "*_constraint": stands_for("constraint", "str", "null"),
        "activation": _ACTIVATION,
        "recurrent_activation": _ACTIVATION,
        "layer": stands_for("layer"),
        "backward_layer": stands_for("layer", "null"),
        "cell": stands_for("layer", many=True),
        "cells": stands_for("layer", many=True),
        "layers": stands_for("layer", many=True),
        "name": _NAME,
        "trainable": _FLAG,
        "dtype": Rule(types=("str", "null"), choices=_LAYER_DTYPES),
        "reverse_dtype": _DTYPE,
        "data_format": one_of("channels_last", "channels_first", any_case=True),
        "padding": _PADDING,
        "Conv1D.padding": one_of("valid", "same", "causal", any_case=True),
        "ZeroPadding?D.padding": whole(_NOT_NEGATIVE),
        "cropping": whole(_NOT_NEGATIVE),
        "filters": whole(_AT_LEAST_1),
        "units": whole(_AT_LEAST_1),
        "kernel_size": whole(_AT_LEAST_1),
        "strides": whole(_AT_LEAST_1),
        "pool_size": whole(_AT_LEAST_1),
        "dilation_rate": whole(_AT_LEAST_1),
        "output_padding": whole(_NOT_NEGATIVE),
        "output_size": whole(_AT_LEAST_1),
        "groups": whole(_AT_LEAST_1),
        "GroupNormalization.groups": whole("[-1, inf)"),
        "depth_multiplier": whole(_AT_LEAST_1),
        "size": whole(_AT_LEAST_1),
        "n": whole(_AT_LEAST_1),
        "height": whole(_AT_LEAST_1),
        "width": whole(_AT_LEAST_1),
        "rate": number(_BELOW_1),
        "dropout": number(_BELOW_1),
        "recurrent_dropout": number(_BELOW_1),
        "noise_shape": Rule(types=("list", "null"), item_types=("int", "null")),
        "seed": whole(),
        "stddev": number(_SHARE),
        "l1": number(_NOT_NEGATIVE),
        "l2": number(_NOT_NEGATIVE),
        "negative_slope": number(_NOT_NEGATIVE),
        "ReLU.max_value": number(_NOT_NEGATIVE),
        "ReLU.threshold": number(_NOT_NEGATIVE),
        "epsilon": number(_POSITIVE),
        "momentum": number(_SHARE),
        "renorm_momentum": number(_SHARE),
        "axis": whole(),
        "RMSNormalization.axis": Rule(types=("int", "list"), item_types=("int",)),
        "MultiHeadAttention.output_shape": Rule(types=("int", "list", "null"), item_types=("int",)),
        "salt": Rule(types=("int", "list", "null"), item_types=("int",)),
        "shared_axes": Rule(types=("list", "int", "null"), item_types=("int",)),
        "dims": whole(_AT_LEAST_1),
        "target_shape": Rule(types=("list",), item_types=("int", "null")),
        "power_iterations": whole(_AT_LEAST_1),
        "input_dim": whole(_AT_LEAST_1),
        "output_dim": whole(_AT_LEAST_1),
        "mask_zero": _FLAG,
        "weights": Rule(types=("list", "null"), item_types=("float",)),
        "num_heads": whole(_AT_LEAST_1),
        "key_dim": whole(_AT_LEAST_1),
        "value_dim": whole(_AT_LEAST_1),
        "head_dim": whole(_AT_LEAST_1),
        "num_query_heads": whole(_AT_LEAST_1),
        "num_key_value_heads": whole(_AT_LEAST_1),
        "sliding_window": whole(_AT_LEAST_1),
        "flash_attention": Rule(types=("bool", "null")),
        "score_mode": one_of("dot", "concat"),
        "lora_rank": whole(_AT_LEAST_1),
        "equation": _TEXT,
        "bias_axes": Rule(types=("str", "null")),
        "use_cudnn": Rule(types=("bool", "str"), choices=("auto",)),
        "merge_mode": one_of("sum", "mul", "concat", "ave"),
        "CategoryEncoding.output_mode": one_of("one_hot", "multi_hot", "count"),
        "Discretization.output_mode": one_of("int", "one_hot", "multi_hot", "count"),
        "HashedCrossing.output_mode": one_of("int", "one_hot"),
        "Hashing.output_mode": one_of("int", "one_hot", "multi_hot", "count"),
        "IntegerLookup.output_mode": one_of("int", "one_hot", "multi_hot", "count", "tf_idf"),
        "StringLookup.output_mode": one_of("int", "one_hot", "multi_hot", "count", "tf_idf"),
        "TextVectorization.output_mode": one_of("int", "multi_hot", "count", "tf_idf"),
        "TextVectorization.standardize": one_of("lower_and_strip_punctuation", "lower", "strip_punctuation"),
        "TextVectorization.split": one_of("whitespace", "character"),
        "TextVectorization.ngrams": whole(_AT_LEAST_1),
        "oov_method": one_of("floormod", "farmhash"),
        "vocabulary_dtype": one_of("int64"),
        "num_tokens": whole(_AT_LEAST_1),
        "max_tokens": whole(_AT_LEAST_1),
        "num_bins": whole(_AT_LEAST_1),
        "num_oov_indices": whole(_NOT_NEGATIVE),
        "output_sequence_length": whole(_AT_LEAST_1),
        "attention_axes": Rule(types=("int", "list", "null"), item_types=("int",)),
        "bin_boundaries": Rule(types=("list", "null"), item_types=("float",)),
        "Cropping1D.cropping": Rule(types=("int", "list"), item_types=("int",), interval=_NOT_NEGATIVE),
        "ZeroPadding1D.padding": Rule(types=("int", "list"), item_types=("int",), interval=_NOT_NEGATIVE),
        "EinsumDense.output_shape": Rule(types=("int", "list"), item_types=("int", "null")),
        "fill_value": Rule(types=("float", "null")),
        "RandomErasing.fill_value": Rule(types=("float", "null")),
        "Hashing.mask_value": Rule(types=("str", "int", "null")),
        "idf_weights": Rule(types=("list", "null"), item_types=("float",)),
        "logit_soft_cap": Rule(types=("float", "null"), interval=_POSITIVE),
        "StringLookup.mask_token": _NAME,
        "Normalization.mean": _FLOATS_OR_ONE,
        "Normalization.variance": _FLOATS_OR_ONE,
        "renorm_clipping": Rule(types=("dict", "null"), item_types=("float",)),
        "value_range": _RANGE,
        "contrast_factor": _FLOATS_OR_ONE,
        "height_factor": Rule(types=("float", "list"), item_types=("float",)),
        "width_factor": _FLOATS_OR_ONE,
        "RandomContrast.factor": Rule(types=("float", "list"), item_types=("float",)),
        "RandomRotation.factor": Rule(types=("float", "list"), item_types=("float",)),
        "Rescaling.scale": _ANY_NUMBER,
        "Rescaling.offset": _ANY_NUMBER,
        "interpolation": one_of(*_SMOOTH),
        "Resizing.interpolation": one_of(*_SCALES),
        "UpSampling2D.interpolation": one_of(*_SCALES),
        "fill_mode": one_of("constant", "nearest", "wrap", "reflect"),
        "Resizing.fill_mode": one_of("constant"),
        "RandomFlip.mode": one_of("horizontal", "vertical", "horizontal_and_vertical"),
        "RandomPosterization.factor": whole("[1, 8]"),
        "RandomBrightness.factor": number("[-1, 1]"),
        "RandomGrayscale.factor": number(_SHARE),
        "RandomGaussianBlur.kernel_size": whole(_AT_LEAST_1),
        "RandAugment.factor": number(_SHARE),
        "AugMix.factor": number(_SHARE),
        "CutMix.factor": number(_SHARE),
        "MixUp.alpha": number(_NOT_NEGATIVE),
        "num_chains": whole(_AT_LEAST_1),
        "chain_depth": whole(_AT_LEAST_1),
        "num_ops": whole(_AT_LEAST_1),
        "bins": whole(_AT_LEAST_1),
        "clip_limit": number(_POSITIVE),
        "tile_grid_size": whole(_AT_LEAST_1),
        "max_number": whole(_AT_LEAST_1),
        "bounding_box_format": _NAME,
        "STFTSpectrogram.mode": one_of("log", "magnitude", "psd", "real", "imag", "angle", "stft"),
        "STFTSpectrogram.scaling": one_of("density", "spectrum"),
        "*Spectrogram.window": Rule(types=("str", "list", "null"), item_types=("float",)),
        "fft_length": whole(_AT_LEAST_1),
        "frame_length": whole(_AT_LEAST_1),
        "frame_step": whole(_AT_LEAST_1),
        "sequence_stride": whole(_AT_LEAST_1),
        "sequence_length": whole(_AT_LEAST_1),
        "num_mel_bins": whole(_AT_LEAST_1),
        "sampling_rate": whole(_AT_LEAST_1),
    },
    "application": {
        "name": _NAME,
        "trainable": _FLAG,
        "weights": Rule(types=("null",), required=True, reason=_NO_WEIGHTS),
        "pooling": one_of("avg", "max"),
        "classes": whole(_AT_LEAST_1),
        "classifier_activation": _ACTIVATION,
        "input_shape": Rule(types=("list", "null"), item_types=("int", "null")),
        "alpha": number(_POSITIVE),
        "depth_multiplier": whole(_AT_LEAST_1),
        "dropout": number(_BELOW_1),
        "dropout_rate": number(_BELOW_1),
    },
    "initializer": {
        "seed": whole(),
        "stddev": number(_NOT_NEGATIVE),
        "scale": number(_POSITIVE),
        "VarianceScaling.mode": one_of("fan_in", "fan_out", "fan_avg"),
        "distribution": one_of("truncated_normal", "untruncated_normal", "uniform"),
        "input_axes": Rule(types=("list", "null"), item_types=("int",)),
        "output_axes": Rule(types=("list", "null"), item_types=("int",)),
        "side": one_of("real", "imag"),
        "scaling": one_of("density", "spectrum"),
        "window": Rule(types=("str", "list", "null"), item_types=("float",)),
    },
    "regularizer": {
        "l1": number(_NOT_NEGATIVE),
        "l2": number(_NOT_NEGATIVE),
        "factor": number(_NOT_NEGATIVE),
        "mode": one_of("rows", "columns"),
    },
    "constraint": {
        "max_value": number(_POSITIVE),
        "min_value": number(_NOT_NEGATIVE),
        "rate": number(_SHARE),
        "axis": Rule(types=("int", "list"), item_types=("int",)),
    },
    "loss": {
        "name": _NAME,
        "dtype": _DTYPE,
        "from_logits": _FLAG,
        "apply_class_balancing": _FLAG,
        "label_smoothing": number(_SHARE),
        "axis": whole(),
        "Dice.axis": Rule(types=("int", "list", "null"), item_types=("int",)),
        "Tversky.axis": Rule(types=("int", "list", "null"), item_types=("int",)),
        "reduction": Rule(types=("str", "null"), choices=_REDUCTIONS),
        "alpha": number(_NOT_NEGATIVE),
        "beta": number(_NOT_NEGATIVE),
        "gamma": number(_NOT_NEGATIVE),
        "delta": number(_POSITIVE),
        "q": number("(0, 1)"),
        "ignore_class": whole(),
    },
    "metric": {
        "name": _NAME,
        "dtype": _DTYPE,
        "from_logits": _FLAG,
        "label_smoothing": number(_SHARE),
        "axis": whole(),
        "num_thresholds": whole(_AT_LEAST_1),
        "AUC.num_thresholds": whole("[2, inf)"),
        "thresholds": number(_SHARE),
        "BinaryAccuracy.threshold": number("(0, 1)"),
        "FBetaScore.threshold": number(_POSITIVE),
        "F1Score.threshold": number(_POSITIVE),
        "curve": one_of("ROC", "PR", "PRGAIN"),
        "summation_method": one_of("interpolation", "minoring", "majoring"),
        "num_labels": whole(_AT_LEAST_1),
        "label_weights": Rule(types=("list", "null"), item_types=("float",), interval=_NOT_NEGATIVE),
        "average": one_of("micro", "macro", "weighted"),
        "beta": number(_POSITIVE),
        "class_aggregation": Rule(types=("str", "null"), choices=("uniform_average", "variance_weighted_average")),
        "num_regressors": whole(_NOT_NEGATIVE),
        "k": whole(_AT_LEAST_1),
        "top_k": whole(_AT_LEAST_1),
        "class_id": whole(_NOT_NEGATIVE),
        "num_classes": whole(_AT_LEAST_1),
        "target_class_ids": whole(_NOT_NEGATIVE),
        "ignore_class": whole(),
        "precision": number(_SHARE),
        "recall": number(_SHARE),
        "sensitivity": number(_SHARE),
        "specificity": number(_SHARE),
    },
    "optimizer": {
        "name": _NAME,
        "learning_rate": stands_for("schedule", "float", interval=_POSITIVE),
        "inner_optimizer": stands_for("optimizer"),
        "momentum": number(_BELOW_1),
        "*beta_1": number(_BELOW_1),
        "*beta_2": number(_BELOW_1),
        "rho": number(_BELOW_1),
        "epsilon": number(_POSITIVE),
        "epsilon_?": number(_POSITIVE),
        "clip_threshold": number(_POSITIVE),
        "*weight_decay": number(_NOT_NEGATIVE),
        "clipnorm": number(_POSITIVE),
        "clipvalue": number(_POSITIVE),
        "global_clipnorm": number(_POSITIVE),
        "use_ema": _FLAG,
        "ema_momentum": number(_SHARE),
        "ema_overwrite_frequency": whole(_AT_LEAST_1),
        "loss_scale_factor": number(_POSITIVE),
        "gradient_accumulation_steps": whole("[2, inf)"),
        "initial_accumulator_value": number(_NOT_NEGATIVE),
        "*_regularization_strength": number(_NOT_NEGATIVE),
        "beta": number(_NOT_NEGATIVE),
        "learning_rate_power": number("(-inf, 0]"),
        "initial_scale": number(_POSITIVE),
        "dynamic_growth_steps": whole(_AT_LEAST_1),
        "warmup_steps": whole(_NOT_NEGATIVE),
        "ns_steps": whole(_AT_LEAST_1),
        "adam_lr_ratio": number(_POSITIVE),
        "rms_rate": number(_NOT_NEGATIVE),
    },
    "schedule": {
        "name": _NAME,
        # Keras' own way to warm up from nothing is `initial_learning_rate=0.0` with a `warmup_target`.
        "initial_learning_rate": number(_NOT_NEGATIVE),
        "warmup_target": number(_POSITIVE),
        "warmup_steps": whole(_NOT_NEGATIVE),
        "decay_steps": whole(_AT_LEAST_1),
        "first_decay_steps": whole(_AT_LEAST_1),
        "decay_rate": number(_NOT_NEGATIVE),
        "end_learning_rate": number(_NOT_NEGATIVE),
        "alpha": number(_NOT_NEGATIVE),
        "t_mul": number(_POSITIVE),
        "m_mul": number(_POSITIVE),
        "power": number(_NOT_NEGATIVE),
        # Whole boundaries stay whole: Keras wants them to have the type of the step.
        "boundaries": Rule(types=("list",), item_types=("int", "float"), interval=_NOT_NEGATIVE),
        "values": Rule(types=("list",), item_types=("float",), interval=_NOT_NEGATIVE),
    },
    "callback": {
        "monitor": _TEXT,
        "mode": _MODE,
        "verbose": whole(_SHARE),
        "patience": whole(_NOT_NEGATIVE),
        "start_from_epoch": whole(_NOT_NEGATIVE),
        "min_delta": number(),
        "baseline": number(),
        "initial_value_threshold": number(),
        "cooldown": whole(_NOT_NEGATIVE),
        "min_lr": number(_NOT_NEGATIVE),
        "ReduceLROnPlateau.factor": number("(0, 1)"),
        "save_freq": Rule(types=("int", "str"), choices=("epoch",), interval=_AT_LEAST_1),
        "filename": _TEXT,
        "filepath": _TEXT,
        "log_dir": _TEXT,
        "histogram_freq": whole(_NOT_NEGATIVE),
        "embeddings_freq": whole(_NOT_NEGATIVE),
        "embeddings_metadata": Rule(types=("dict", "str", "null"), item_types=("str",)),
        "update_freq": Rule(types=("int", "str"), choices=("batch", "epoch"), interval=_AT_LEAST_1),
        "profile_batch": Rule(types=("int", "list"), item_types=("int",), interval=_NOT_NEGATIVE),
    },
}

#: The same for the callbacks of kpipe_callbacks, where a range is more than their annotations say.
OWN_RULES: dict[str, dict[str, Rule]] = {
    "callback": {
        "patience": whole(_NOT_NEGATIVE),
        "start_from_epoch": whole(_NOT_NEGATIVE),
        "verbose": whole(_SHARE),
        "*learning_rate": number(_NOT_NEGATIVE),
        "warmup_from": number(_NOT_NEGATIVE),
        "*_epochs": number(_POSITIVE),
        "*_steps": whole(_AT_LEAST_1),
        "milestone_epochs": Rule(types=("list", "null"), item_types=("float",), interval=_POSITIVE),
        "milestone_steps": Rule(types=("list", "null"), item_types=("int",), interval=_AT_LEAST_1),
        "scale_with_batch": whole(_AT_LEAST_1),
        "decay_per_*": number(_NOT_NEGATIVE),
        "StepSchedule.factor": number(_POSITIVE),
        "power": number(_POSITIVE),
        "multiplier": number(_AT_LEAST_1),
        "peak_decay": number(_POSITIVE),
        "rise": number("(0, 1)"),
        "*_divisor": number(_POSITIVE),
        "momentum": Rule(types=("list", "null"), item_types=("float",), interval=_BELOW_1),
        "decay": Rule(types=("float", "str"), choices=("equal",), interval=_BELOW_1),
        "every": whole(_AT_LEAST_1),
        "start": whole(_NOT_NEGATIVE),
        "ExplosionDetector.factor": number("(1, inf)"),
        "window": whole(_AT_LEAST_1),
        "lr_factor": number("(0, 1]"),
        "max_rollbacks": whole(_AT_LEAST_1),
        "keep_every": whole(_AT_LEAST_1),
        "best_weights_path": _NAME,
    },
}

_A_FUNCTION = "it needs a Python function"
_A_BASE = "it is a base class"
_IN_OWN_CODE = "to use it, write a subclass of it in a file under `imports`"
_AN_OBJECT = "it stands for a Python object; to set it, write a subclass of the layer in a file under `imports`"
_OF_THE_BASE = "the class refuses it"

#: Classes that Keras exports and a spec cannot use, each with the reason and, where there is one, the remedy.
EXCLUDED: dict[str, dict[str, str]] = {
    "layer": {
        "Layer": _A_BASE,
        "Wrapper": f"{_A_BASE}; use TimeDistributed, Bidirectional or SpectralNormalization",
        "Input": "the data declare the inputs; in `model` write `Input: {name: image}`",
        "InputLayer": "the data declare the inputs; in `model` write `Input: {name: image}`",
        "InputSpec": "it is no layer",
        "Lambda": f"{_A_FUNCTION}, and a saved model could not be loaded; write a layer of your own",
        "FlaxLayer": "it needs a Flax module",
        "JaxLayer": _A_FUNCTION,
        "TFSMLayer": f"it executes the SavedModel of a folder; {_IN_OWN_CODE}",
        "TorchModuleWrapper": "it needs a PyTorch module",
    },
    "initializer": {"Initializer": _A_BASE},
    "regularizer": {"Regularizer": _A_BASE},
    "constraint": {"Constraint": _A_BASE},
    "loss": {"Loss": _A_BASE},
    "metric": {
        "Metric": _A_BASE,
        "MeanMetricWrapper": f"{_A_FUNCTION}; use the metric's own class",
        "Mean": "it averages one value; it does not compare labels with predictions",
        "Sum": "it adds up one value; it does not compare labels with predictions",
    },
    "optimizer": {
        "Optimizer": f"{_A_BASE}; use one of its subclasses, such as SGD or Adam",
        "MultiOptimizer": "it needs an OptimizerMap of Python objects",
        "OptimizerMap": "it maps Python objects",
    },
    "schedule": {"LearningRateSchedule": f"{_A_BASE}; use one of its subclasses, such as CosineDecay"},
    "callback": {name: known.not_in_specs for name, known in KERAS_CALLBACKS.items() if known.not_in_specs},
}

#: Classes that need a package which kpipe does not install, and the name it is imported by.
NEEDS_PACKAGE: dict[str, dict[str, tuple[str, str]]] = {
    "callback": {name: known.package for name, known in KERAS_CALLBACKS.items() if known.package is not None}
}

#: `Class.argument`, with wildcards, of arguments that a spec cannot give, each with the reason: those that stand for
#: Python objects, and those of the base class that the class itself refuses.
WITHHELD: dict[str, dict[str, str]] = {
    "application": {"*.input_tensor": "the item's place in `model` says what it reads"},
    "layer": {
        "*.gptq_unpacked_column_size": "Keras sets it when it quantizes a layer",
        "*.quantization_config": _AN_OBJECT,
        "ActivityRegularization.activity_regularizer": _OF_THE_BASE,
        "IntegerLookup.activity_regularizer": _OF_THE_BASE,
        "IntegerLookup.autocast": _OF_THE_BASE,
        "StringLookup.activity_regularizer": _OF_THE_BASE,
        "StringLookup.autocast": _OF_THE_BASE,
    },
}

#: Arguments that no signature shows: of the models that the functions of a kind make.
EXTRA: dict[str, tuple[str, ...]] = {"application": ("trainable",)}

#: Arguments that classes with `**kwargs` take from a base class of Keras, besides those of the kind's own base.
INHERITED: dict[str, tuple[str, ...]] = {
    "RNN": ("zero_output_for_mask",),
    "BaseImagePreprocessingLayer": ("bounding_box_format",),
}


def rule_for(kind: str, class_name: str, argument: str, *, own: bool = False) -> Rule | None:
    """The rule that holds for an argument of a class, or None.

    Args:
        kind: the kind of the class.
        class_name: the name it is defined by, not an alias.
        argument: the argument's name.
        own: whether the class is kpipe's own, not Keras'.
    """
    key = key_for(kind, class_name, argument, own=own)
    return (OWN_RULES if own else RULES)[kind][key] if key is not None else None


@cache
def key_for(kind: str, class_name: str, argument: str, *, own: bool = False) -> str | None:
    """The key of `RULES[kind]`, or of `OWN_RULES[kind]`, that holds for an argument, or None."""
    full = f"{class_name}.{argument}"
    keys = reversed((OWN_RULES if own else RULES).get(kind, {}))
    return next((key for key in keys if fnmatchcase(full if "." in key else argument, key)), None)


def withheld(kind: str, class_name: str, argument: str) -> str | None:
    """Why a spec cannot give this argument, or None where it can."""
    full = f"{class_name}.{argument}"
    reasons = WITHHELD.get(kind, {}).items()
    return next((reason for pattern, reason in reasons if fnmatchcase(full, pattern)), None)
