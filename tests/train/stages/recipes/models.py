"""A small spec with a body and a head, its model and its data, in tests."""

from kpipe.checks.checked_spec import checked
from kpipe.train.setup.prepare_data import prepare_data
from kpipe.train.setup.setup import build_stages
from kpipe.train.setup.spec_session import spec_session

MODEL = [
    "Flatten",
    {"Dense": {"name": "first", "units": 4, "activation": "relu"}},
    {"Dense": {"name": "second", "units": 4, "activation": "relu"}},
    {"Dense": {"name": "third", "units": 4, "activation": "relu"}},
    {"Dense": {"name": "head", "units": "=classes"}},
]


def spec(stages, model=MODEL, **train):
    data = {"source": "Digits", "test": 0.2}
    return checked({"name": "toy", "data": data, "model": model, "train": {"epochs": 1, "stages": stages, **train}})


def built(found):
    """The model of a spec, and the spec with its recipes written out."""
    with spec_session(found):
        return build_stages(found, prepare_data(found, lambda line: None))
