import os
import pickle

import pytest
from golden import raises

from kpipe.child_processes.descriptor import Descriptor
from kpipe.child_processes.packed import UnsendableError, pack, unpack


def of_main(name):
    return type(name, (), {"__module__": "__main__"})


def function():
    pass


def test_what_the_main_module_defines_is_refused():
    with raises(UnsendableError):
        pack([1, of_main("Mine")()])
    function.__module__ = "__main__"
    with raises(UnsendableError):
        pack({"key": function})


def test_a_descriptor_that_occurs_twice_is_one():
    owner = Descriptor(os.dup(2))
    packed = pack(([owner], {"a": owner}))
    assert packed.descriptors == (owner,)
    first, second = unpack(packed)
    assert first[0] is second["a"] is owner


def test_a_descriptor_is_not_pickled_for_anything_else():
    with raises(TypeError):
        pickle.dumps(Descriptor(os.dup(2)))


def test_a_descriptor_is_closed_with_its_owner():
    number = os.dup(2)
    owner = Descriptor(number)
    del owner
    with pytest.raises(OSError):
        os.fstat(number)
