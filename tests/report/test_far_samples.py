import numpy as np

from kpipe.report.far_samples import FarSamples
from kpipe.report.prediction_input import Sample

TABLE = {"range": None, "columns": [{"name": "area", "range": [0.0, 16.0]}, {"name": "zone", "range": None}]}


def test_samples_are_counted_by_input_and_column():
    far = FarSamples({"inputs": {"x": {"range": [0.0, 1.0], "columns": []}, "table": TABLE}})
    for pixel, area in ((0.5, 10.0), (255.0, 20.0), (128.0, 200.0)):
        far.add(Sample("", {"x": np.array([[0.0, pixel]]), "table": {"area": area, "zone": "a"}}))
    assert list(far.messages()) == [
        "input 'x': the values of 2 of 3 samples are far outside of the training range; expected about 0 to 1, got 0 to "
        "255; use the units of the training",
        "column 'area': the values of 1 of 3 samples are far outside of the training range; expected about 0 to 16, got "
        "200 to 200; use the units of the training",
    ]


def test_a_run_without_ranges():
    far = FarSamples({"inputs": {"x": {"columns": []}}})
    far.add(Sample("", {"x": np.array([1e9])}))
    assert list(far.messages()) == []
