from kpipe.train.notices.far_values import far_values

from ..stand_in import ArrayData, blobs


def test_parts_in_other_units():
    data = blobs(samples=60, validation=20, test=20)
    assert list(far_values(data)) == []
    x = data.arrays["x"].copy()
    x[data.parts["test"]] *= 1000
    (line,) = far_values(ArrayData({"x": x}, data.dataset.targets, data.dataset.labels, data.parts))
    assert line.startswith("input 'x': the values of the test part are ")
    assert line.endswith(" in the training part; use the same units for all parts")
