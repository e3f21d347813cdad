from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.trials.fold_suspects import FoldSuspects

HEADER = ["sample", "part", "target", "label", "probability", "predicted", "predicted_probability"]


def fold(path, rows):
    """The folder of a fold with 50 samples."""
    path.mkdir()
    folder = RunFolder(path)
    folder.write_json("data.json", {"parts": {"train": 100, "validation": 50, "test": 9}})
    if rows:
        folder.write_csv("suspects.csv", HEADER, [(name, "validation", "y", "=a", p, "b", 0.9) for name, p in rows])
    return folder


def test_the_suspects_of_all_folds_are_sorted_and_have_the_number_of_their_fold(tmp_path):
    folders = [
        fold(tmp_path / "1", [("-a.png", 1.5e-07), ("b.png", 0.03)]),
        fold(tmp_path / "2", []),
        fold(tmp_path / "3", [("c.png", 0.002)]),
    ]
    found = FoldSuspects.of(folders)
    whole = RunFolder(tmp_path)
    guard = whole.write_csv("suspects.csv", found.header, found.rows)
    assert (tmp_path / "suspects.csv").read_text().splitlines() == [
        "sample,fold,target,label,probability,predicted,predicted_probability",
        "'-a.png,1,y,'=a,1.5e-07,b,0.9",
        "c.png,3,y,'=a,0.002,b,0.9",
        "b.png,1,y,'=a,0.03,b,0.9",
    ]
    assert guard.count == 0
    assert found.line == "suspects: 3 of 150 samples, in suspects.csv"


def test_folds_without_suspects_have_none(tmp_path):
    assert FoldSuspects.of([fold(tmp_path / "1", []), fold(tmp_path / "2", [])]) is None
