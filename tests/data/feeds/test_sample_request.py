"""Tests of requests for samples."""

import pickle

import numpy as np

from kpipe.data.feeds.sample_request import SampleRequest


def test_a_request_can_be_sent_to_a_process():
    request = pickle.loads(pickle.dumps(SampleRequest(np.array([3, 1]), np.array([0, 5]), epoch=2)))
    assert request.indices.tolist() == [3, 1]
    assert request.places.tolist() == [0, 5]
    assert request.epoch == 2
    assert SampleRequest(np.array([3])).places is None
