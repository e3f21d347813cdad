import numpy as np
import pytest

from kpipe.data.aligned_tensor import aligned_empty, aligned_tensor, aligned_zeros


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
