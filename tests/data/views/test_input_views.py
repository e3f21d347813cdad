import pickle

import numpy as np
import pytest
from golden import raises

from kpipe.data.views import Flip
from kpipe.data.views.input_views import InputViews
from kpipe.data.views.view_context import ViewContext
from kpipe.data.views.views import Views
from kpipe.errors import DataError


class Made(Views):
    count = 2

    def __init__(self, made):
        self.made = made

    def views(self, image, context, sample):
        return self.made


CONTEXT = ViewContext("image", (1, 2, 1), "uint8")


def test_values_are_rounded_to_the_type_of_the_batch():
    made = [np.full((1, 2, 1), number, np.float32) for number in (1.6, 300.0)]
    image = np.zeros((1, 2, 1), np.uint8)
    found = InputViews(Made(made), CONTEXT, "uint8")(image, 0)
    assert (found.dtype, found[:, 0, 0, 0].tolist()) == (np.uint8, [2, 255])
    found = InputViews(Made(made), CONTEXT, "uint16")(image, 0)
    assert (found.dtype, found[:, 0, 0, 0].tolist()) == (np.uint16, [2, 300])
    found = InputViews(Made(made), CONTEXT, "float32")(image, 0)
    assert found[:, 0, 0, 0] == pytest.approx([1.6, 300.0])


@pytest.mark.parametrize("made", [[], [np.zeros((1, 2, 1))], [np.zeros((1, 2, 1)), np.zeros((2, 2, 1))]])
def test_wrong_views(made):
    with raises(DataError):
        InputViews(Made(made), CONTEXT, "uint8")(np.zeros((1, 2, 1), np.uint8), 0)


def test_it_can_be_sent_to_a_process():
    made = pickle.loads(pickle.dumps(InputViews(Flip(), CONTEXT, "uint8")))
    assert made(np.array([[[1], [2]]], np.uint8), 0).shape == (2, 1, 2, 1)
