import numpy as np

from kpipe.data.cache.sample_layout import SampleLayout


def test_samples_of_one_shape_are_an_array():
    layout = SampleLayout((2, 3), "float32", 4)
    buffer = np.arange(24, dtype="float32")
    assert (layout.length, layout.nbytes) == (24, 96)
    assert layout.place(2) == (12, (2, 3))
    assert layout.whole(buffer).shape == (4, 2, 3)
    read = layout.read(buffer, np.array([3, 3, 0]))
    assert read[:, 0, 0].tolist() == [18, 18, 0]
    read[...] = 0
    assert buffer[18] == 18


def test_images_of_differing_sizes_are_a_list():
    images = [np.full(shape, value, "uint8") for value, shape in enumerate([(2, 3, 3), (1, 1, 3), (4, 2, 3)])]
    layout = SampleLayout((None, None, 3), "uint8", 3, np.array([image.shape[:2] for image in images]))
    buffer = np.zeros(layout.length, "uint8")
    layout.write(buffer, np.array([2, 0, 1]), [images[2], images[0], images[1]])
    assert layout.length == sum(image.size for image in images)
    assert layout.whole(buffer) is None
    read = layout.read(buffer, np.array([1, 2, 0, 1]))
    assert all(np.array_equal(read[position], images[index]) for position, index in enumerate([1, 2, 0, 1]))
    read[0][...] = 99
    assert np.array_equal(layout.read(buffer, np.array([1]))[0], images[1])


def test_no_samples():
    assert SampleLayout((None, None, 1), "uint8", 0, np.empty((0, 2))).length == 0
    assert SampleLayout((4,), "uint8", 0).whole(np.empty(0, "uint8")).shape == (0, 4)
