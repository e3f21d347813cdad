"""What a folder contains in place of a missing path."""

from kpipe.spec.missing_path import missing_path


def test_entries_of_the_deepest_existing_folder_and_a_similar_one(tmp_path):
    (tmp_path / "train").mkdir()
    for name in ("digits.csv", "a.yaml", ".hidden"):
        (tmp_path / name).touch()
    assert missing_path(tmp_path / "digit.csv") == (
        f"{tmp_path} contains a.yaml, digits.csv, train",
        str(tmp_path / "digits.csv"),
    )
    assert missing_path(tmp_path / "tain" / "cat" / "1.png") == (f"{tmp_path} contains train", str(tmp_path / "train"))
    assert missing_path(tmp_path / "queue.yaml", (".yaml",)) == (f"{tmp_path} contains a.yaml", None)
    assert missing_path(tmp_path / "train" / "q.yaml", (".yaml",)) == (
        f"{tmp_path / 'train'} contains no .yaml files",
        None,
    )
