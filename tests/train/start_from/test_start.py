"""The arguments of what a training starts from."""

from pathlib import Path

from golden import raises

from kpipe.errors import ArgumentError
from kpipe.train.start_from.start import Start


class Fixed(Start):
    def file(self):
        return Path("fixed.keras")


def test_everything_is_loaded_by_default():
    start = Fixed()
    assert (start.except_, start.only, start.rename) == ([], None, {})


def test_an_item_cannot_be_excluded_and_selected():
    with raises(ArgumentError):
        Fixed(except_=["head", "stem"], only=["body", "stem"])


def test_two_items_cannot_be_renamed_to_one():
    with raises(ArgumentError):
        Fixed(rename={"a": "body", "b": "body"})
