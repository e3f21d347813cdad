"""Values that make each shipped spec small enough to be trained in seconds on 40 images of 32 by 32 pixels, or on its own data."""

#: The tests' images are 40 of two classes; a share of 2 % of them would be none.
TINY = {"train.epochs": 1, "data.batch_size": 8, "data.validation": 0.2}
SHORT = {**TINY, "vars.size": 32, "vars.shortest": 36}

SMALL = {
    "digits": {"vars.epochs": 6, "vars.width": 16},
    "iris": {"train.epochs": 30},
    "houses-csv": {"train.epochs": 4},
    "houses-photos": {"train.epochs": 2},
    "waves-npz": {"train.epochs": 4},
    "cifar10-augmented": {"vars.epochs": 2, "vars.depth": 1, "vars.filters": 4, "data.batch_size": 8},
    "cifar10-folder": {"vars.epochs": 2, "vars.depth": 1, "vars.filters": 4, "data.batch_size": 8},
    "cs231n/coarse": {**TINY, "vars.epochs": 1},
    "cs231n/fine": {**TINY, "vars.epochs": 1},
    "digits-lbfgs": {"vars.epochs": 20, "vars.width": 16},
    "digits-sweep": {"vars.epochs": 2},
    "cs231n/explosion": {"vars.epochs": 8, "data.batch_size": 6, "vars.on_explosion": "rollback"},
    "architectures/alexnet": {**TINY, "vars.size": 67, "vars.shortest": 70, "vars.divide": 64},
    "architectures/densenet121": {**SHORT, "vars.longest": 40, "vars.depths": [1, 2], "vars.growth": 4},
    "architectures/googlenet": {**TINY, "vars.size": 32, "vars.divide": 16},
    "architectures/nin-cifar10": {**TINY, "vars.width": 12},
    "architectures/resnet50": {**SHORT, "vars.longest": 40, "vars.depths": [1, 2], "vars.inner": 4, "vars.filters": 16},
    "architectures/resnext50-32x4d": {
        **TINY,
        "vars.size": 32,
        "vars.depths": [1, 2],
        "vars.inner": 8,
        "vars.filters": 16,
        "vars.groups": 4,
    },
    "architectures/se-resnet50": {
        **TINY,
        "vars.size": 32,
        "vars.depths": [1, 2],
        "vars.inner": 4,
        "vars.filters": 16,
        "vars.ratio": 4,
    },
    "architectures/squeezenet": {**TINY, "vars.size": 67, "vars.shortest": 70, "vars.divide": 16},
    "architectures/two-layer-net": {**TINY, "vars.units": 4},
    "architectures/vgg16": {**SHORT, "vars.longest": 36, "vars.filters": [2, 4, 4, 8, 8], "vars.units": 8},
    "architectures/encoder-decoder": {"vars.epochs": 10},
    "architectures/fractalnet": {**TINY, "vars.filters": [4, 4], "vars.dropout": [0.1, 0.1]},
    "architectures/many-to-many": {"vars.epochs": 4},
    "architectures/many-to-one": {"vars.epochs": 4},
    "architectures/nasnet-a": {**TINY, "vars.stages": 2, "vars.cells": 1, "vars.filters": 2},
    "architectures/preact-resnet164": {**TINY, "vars.depth": 1, "vars.filters": 2},
    "architectures/resnet110": {**TINY, "vars.depth": 1, "vars.filters": 4},
    "architectures/resnet20": {**TINY, "vars.depth": 1, "vars.filters": 4},
    "architectures/stochastic-depth-resnet110": {**TINY, "vars.depth": 1, "vars.filters": 4},
    "architectures/wide-resnet-28-10": {**TINY, "vars.depth": 1, "vars.filters": 4, "vars.width": 2},
}
