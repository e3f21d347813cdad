import pytest

from kpipe.report.aligned_items import aligned_items


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ("", "", []),
        ("ab", "ab", [(0, 0), (1, 1)]),
        ("ab", "axb", [(0, 0), (None, 1), (1, 2)]),
        ("axb", "ab", [(0, 0), (1, None), (2, 1)]),
        ("aab", "ab", [(0, 0), (1, None), (2, 1)]),
        ("aXb", "axb", [(0, 0), (1, 1), (2, 2)]),
        ("Xb", "yxb", [(None, 0), (0, 1), (1, 2)]),
        ("a", "b", [(0, None), (None, 0)]),
    ],
)
def test_pairs(before, now, expected):
    assert aligned_items(before, now, str, str.lower) == expected


def test_each_item_of_long_lists_appears_once():
    before, now = [n % 7 for n in range(20_000)], [n % 5 for n in range(15_000)]
    pairs = aligned_items(before, now, int, int)
    assert [a for a, _ in pairs if a is not None] == [*range(20_000)]
    assert sorted(b for _, b in pairs if b is not None) == [*range(15_000)]
