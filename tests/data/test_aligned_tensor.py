from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tensorflow as tf

from kpipe.data.aligned_tensor import _KEPT, MAX_KEPT, aligned_empty, aligned_tensor, aligned_zeros


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int32", "float32"])
def test_an_aligned_array_is_used_where_it_is(dtype):
    values = aligned_zeros((5, 3), dtype)
    assert (values.dtype, values.shape, values.any()) == (dtype, (5, 3), False)
    values[:] = np.arange(15).reshape(5, 3)
    tensor = aligned_tensor(values)
    assert np.array_equal(tensor.numpy(), values)
    assert tensor.dtype.name == dtype
    assert np.shares_memory(np.asarray(memoryview(tensor)), values)


@pytest.mark.parametrize("make", [aligned_empty, aligned_zeros])
def test_arrays_of_any_size_are_aligned(make):
    for shape in ((), (3, 5), (1 << 20,)):
        values = make(shape, "float32")
        assert (values.shape, values.dtype, values.ctypes.data % 64) == (shape, np.float32, 0)
        assert values.flags.c_contiguous
        assert values.flags.writeable


def test_other_arrays_are_copied(tmp_path):
    values = np.arange(12.0, dtype=np.float32).reshape(3, 4)
    np.save(tmp_path / "x.npy", values)
    for other in (values.T, values[:, ::2], np.load(tmp_path / "x.npy", mmap_mode="r"), values[:0]):
        tensor = aligned_tensor(other)
        assert np.array_equal(tensor.numpy(), other)
        assert not np.shares_memory(tensor.numpy(), values)


def test_the_values_outlive_the_array():
    tensor = aligned_tensor(aligned_zeros((1000, 1000), "float32"))
    other = [np.ones((1000, 1000), np.float32) for _ in range(3)]
    assert float(tensor.numpy().sum()) == 0
    assert len(other) == 3


def test_memory_of_a_large_array_is_used_again_when_no_array_uses_it():
    first = aligned_empty((300, 1000), "uint8")
    address, part = first.ctypes.data, first[7:9, 3:]
    part[...] = 5
    del first
    others = [aligned_empty((300, 1000), "uint8") for _ in range(3)]
    assert address not in [other.ctypes.data for other in others]
    for other in others:
        other[...] = 1
    assert (part == 5).all()
    del part
    # Sizes are rounded up, and types do not matter.
    assert aligned_empty((299, 250), "float32").ctypes.data == address


def test_memory_is_not_used_again_before_its_tensor_is_gone():
    read = [np.arange(300_000) % 251, np.arange(300_000) % 13]

    def made(step):
        values = aligned_empty((300_000,), "uint8")
        values[...] = read[int(step)]
        return values

    tensors = [tf.numpy_function(made, [step], tf.uint8) for step in (0, 1, 0)]
    for tensor, step in zip(tensors, (0, 1, 0), strict=True):
        assert np.array_equal(tensor.numpy(), read[step])


def test_a_limited_number_of_bytes_is_kept():
    arrays = [aligned_empty((MAX_KEPT // 4,), "uint8") for _ in range(7)]
    assert len({array.ctypes.data for array in arrays}) == 7
    del arrays
    assert sum(memory.nbytes for memory in _KEPT) <= MAX_KEPT
    _KEPT.clear()


def test_threads_share_the_memory():
    def work(number):
        for size in (200_000, 200_000 + number * 70_000) * 25:
            array = aligned_empty((size,), "uint8")
            array[...] = number
            assert (array == number).all()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))
