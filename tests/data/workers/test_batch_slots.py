import numpy as np
from golden import raises

from kpipe.data.workers.batch_slots import BatchSlots


def test_slots_do_not_touch_each_other():
    slots = BatchSlots({"x": ((2,), "float32"), "y": ((), "int64")}, batch_size=3, count=2)
    batches = [
        {"x": np.full((size, 2), slot + 1, np.float32), "y": np.arange(size) + slot} for slot, size in ((0, 3), (1, 2))
    ]
    for slot, batch in enumerate(batches):
        assert slots.write(slot, batch) == len(batch["y"])
    for slot, batch in enumerate(batches):
        found = slots.read(slot, len(batch["y"]))
        for name, array in batch.items():
            np.testing.assert_array_equal(found[name], array, strict=True)


def test_what_is_read_is_aligned_and_not_shared():
    slots = BatchSlots({"x": ((3,), "uint8")}, batch_size=5, count=3)
    slots.write(1, {"x": np.ones((5, 3), np.uint8)})
    found = slots.read(1, 5)["x"]
    slots.write(1, {"x": np.zeros((5, 3), np.uint8)})
    assert found.ctypes.data % 64 == 0 and found.all()


def test_an_array_of_strings_is_refused_by_its_name():
    with raises(TypeError):
        BatchSlots({"x": ((), "uint8"), "names": ((), "U7")}, batch_size=1, count=1)
