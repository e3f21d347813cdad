from run_folders import write_run

from kpipe.report.run_page.run_record import RunRecord
from kpipe.report.run_page.suspect_section import suspect_section
from tests.report.pages.page_reader import PageReader


def test_suspects_are_a_table_of_at_most_a_hundred_rows(tmp_path):
    folder = write_run(tmp_path / "run")
    rows = "".join(f"<b>{index}.png,y,cat,0.01\n" for index in range(120))
    (folder / "suspects.csv").write_text(f"sample,target,label,probability\n{rows}")
    page = PageReader(next(suspect_section(RunRecord.read(folder))))
    assert len(page.of("tr")) == 101 and "The first 100 of 120." in page.text
    assert "<b>0.png" in page.text and page.of("td", "number")[0]["data-value"] == "0.01"


def test_the_first_suspects_are_pictures(tmp_path):
    folder = write_run(tmp_path / "run")
    header = "sample,part,target,label,probability,predicted,predicted_probability"
    (folder / "suspects.csv").write_text(f"{header}\na.png,test,y,cat,0.01,dog,0.9\nb.png,test,y,cat,0.02,dog,0.9\n")
    (folder / "pictures").mkdir()
    (folder / "pictures" / "suspect-1-input-0.png").touch()
    page = PageReader(next(suspect_section(RunRecord.read(folder))))
    assert [image["alt"] for image in page.of("img")] == ["input of b.png"]
    assert "cat → dog" in page.text and "0.02 → 0.9" in page.text and "loss" not in page.text


def test_a_run_without_suspects(tmp_path):
    assert list(suspect_section(RunRecord.read(write_run(tmp_path / "run")))) == []
