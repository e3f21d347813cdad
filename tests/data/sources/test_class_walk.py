import pytest
from golden import expect_messages, raises

from kpipe.data.sources.class_walk import ClassWalk
from kpipe.errors import ArgumentError


@pytest.fixture
def root(tmp_path):
    """Classes a and b of a file each, with a folder below b, and a folder outside."""
    for name in ("root/a", "root/b/sub", "outside/deep"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "1.png").touch()
    return tmp_path / "root"


def walked(root, names=("a", "b")):
    walk = ClassWalk()
    return {name: [path for path, _ in walk.files("train", root, name)] for name in names}, walk.skipped


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("a/x", "."),
        ("a/x", ".."),
        ("a/x", "/"),
        ("a/x", "a"),
        ("b/sub/x", "b"),
        ("a/x", "b"),
        ("a/x", "b/sub"),
        ("b/x", "a"),
        ("c", "a"),
        ("c", "b/sub"),
        ("c", "."),
    ],
)
def test_links_that_lead_where_they_must_not(root, link, target):
    (root / link).symlink_to(root / target)
    with raises(ArgumentError) as caught:
        walked(root, [*"ab", *(["c"] if link == "c" else [])])
    assert caught.value.argument == "train"


def test_chains_of_links_are_followed_to_their_end(root):
    outside = root.parent / "outside"
    (root / "a" / "x").symlink_to(root / "first")
    (root / "first").symlink_to(outside)
    assert walked(root)[0]["a"] == ["a/1.png", "a/x/deep/1.png"]
    (outside / "back").symlink_to(root / "b")
    with raises(ArgumentError):
        walked(root)


def test_loops_outside_are_refused(root):
    outside = root.parent / "outside"
    (root / "a" / "x").symlink_to(outside)
    (outside / "deep" / "loop").symlink_to(outside)
    with raises(ArgumentError):
        walked(root)


def test_two_classes_that_lead_to_one_folder(root):
    (root / "a" / "x").symlink_to(root.parent / "outside" / "deep")
    (root / "b" / "y").symlink_to(root.parent / "outside")
    with raises(ArgumentError):
        walked(root)


def test_a_folder_is_read_once_for_a_class(root):
    (root / "b" / "x").symlink_to(root / "b" / "sub")
    files, skipped = walked(root)
    assert files == {"a": ["a/1.png"], "b": ["b/sub/1.png"]}
    expect_messages(skipped, 1)


def test_the_folder_of_all_classes_may_be_a_link_itself(root):
    (root.parent / "current").symlink_to(root)
    assert walked(root.parent / "current")[0] == {"a": ["a/1.png"], "b": ["b/sub/1.png"]}
