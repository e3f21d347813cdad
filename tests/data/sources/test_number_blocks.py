import numpy as np

from kpipe.data.sources.number_blocks import NumberBlocks

VALUES = np.random.default_rng(0).normal(size=(10, 3))


def filled():
    blocks = NumberBlocks()
    for first, end in ((0, 4), (4, 5), (5, 10)):
        blocks.add(dict(enumerate(VALUES[first:end].T)), end - first)
    return blocks


def test_columns():
    blocks = filled()
    assert len(blocks) == 10
    for position in range(3):
        np.testing.assert_array_equal(blocks.column(position), VALUES[:, position])
    assert np.isnan(blocks.column(3)).all()


def test_rows_of_some_columns():
    for rows in (np.arange(10), np.array([0, 3, 5, 9]), np.array([4]), np.array([], np.int64)):
        taken = np.concatenate(list(filled().take([2, 0], rows)))
        np.testing.assert_array_equal(taken, VALUES[rows][:, [2, 0]])


def test_blocks_are_freed_while_they_are_taken():
    blocks = filled()
    lengths = [len(blocks) for _ in blocks.take([0], np.arange(10))]
    assert lengths == [6, 5, 0]
