import numpy as np

from kpipe.data.prepare.column_values import column_values


def test_columns_are_whole_although_few_values_are_in_memory():
    values = np.random.default_rng(0).standard_normal((10, 3, 5))
    reads = []

    def batches():
        reads.append(1)
        return np.array_split(values, 4)

    found = list(column_values(batches, max_values=70))
    np.testing.assert_array_equal(found, values.reshape(-1, 5).T.astype(np.float32))
    assert len(reads) == 1 + 3
