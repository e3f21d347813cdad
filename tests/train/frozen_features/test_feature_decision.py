import numpy as np
import pytest
from golden import expect_message

import kpipe
from kpipe.checks.checked_spec import checked
from kpipe.report.overview import overview
from kpipe.train.frozen_features.feature_decision import FeatureDecision
from kpipe.train.setup.setup import set_up
from kpipe.train.setup.spec_session import spec_session

from .test_kept_features import BODY, HEAD, spec_of

AUGMENT = [{"Affine": {"rotate": [-10, 10]}}]
#: The data, the training and the model, and which parts have features.
CASES = {
    "all": ({}, {}, None, ["train", "validation"]),
    "a sum of samples and features that fits": ({"memory": 0.0003}, {}, None, ["train", "validation"]),
    "too little memory": ({"memory": 0.00025}, {}, None, []),
    "only evaluations": ({"augment": AUGMENT}, {}, None, ["validation"]),
    "mixed samples": ({"mix": ["MixUp"]}, {}, None, ["validation"]),
    "mixed samples without a validation part": ({"mix": ["MixUp"], "validation": 0}, {}, None, []),
    "a random layer below": ({}, {}, [{"GaussianNoise": {"stddev": 0.1, "name": "noise"}}, *BODY, *HEAD], []),
    "a trained layer below": ({}, {"freeze": ["hidden"]}, None, []),
    "nothing is frozen": ({}, {"freeze": []}, None, []),
    "turned off": ({"cache": "none"}, {}, None, []),
    "only padding is frozen": ({}, {"freeze": ["pad"]}, [{"ZeroPadding2D": {"name": "pad"}}, *BODY, *HEAD], []),
}


@pytest.mark.parametrize(("data", "train", "model", "parts"), CASES.values(), ids=CASES)
def test_which_samples_have_features_and_what_is_reported(data, train, model, parts):
    spec = checked(spec_of(data, model, initialize=[], **train))
    with spec_session(spec):
        setup = set_up(spec, lambda line: None)
        decision = FeatureDecision.of(spec.data, setup.built, setup.prepared)
        setup.prepared.close()
    expected = [setup.prepared.parts[part] for part in parts]
    if parts:
        np.testing.assert_array_equal(decision.indices, np.unique(np.concatenate(expected)))
    assert (decision.part is not None) == bool(parts)
    assert decision.in_steps == ("train" in parts)
    expect_message(decision.line or "")


def test_a_validation_and_an_overview_report_it():
    lines = []
    pipeline = kpipe.load(spec_of())
    pipeline.validate(say=lines.append)
    overview(pipeline.spec, lines.append)
    first, second = [line for line in lines if line.startswith("features:")]
    assert first == second
