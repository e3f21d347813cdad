import gc

import pytest

from kpipe.spec.paused_garbage_collection import paused_garbage_collection


@pytest.fixture(autouse=True)
def restored():
    yield
    gc.enable()


def test_it_is_on_again_after_an_error():
    with pytest.raises(ValueError, match="wrong"), paused_garbage_collection():
        assert not gc.isenabled()
        raise ValueError("wrong")
    assert gc.isenabled()


def test_a_caller_who_has_switched_it_off_keeps_it_off():
    gc.disable()
    with paused_garbage_collection():
        assert not gc.isenabled()
    assert not gc.isenabled()
