import base64

import pytest
from run_folders import write_run

from kpipe.report.run_page.run_record import RunRecord
from kpipe.report.run_page.sample_section import sample_section
from tests.report.pages.page_reader import PageReader

HEADER = "target,order,part,index,sample,label,predicted,probability,predicted_probability,loss"
ROWS = ("y,loss,test,7,photos/<b>.png,cat,dog,0.125,0.75,2.079", "y,confidence,test,9,c.png,dog,cat,0.25,0.5,1.386")


@pytest.fixture
def page_of(tmp_path):
    folder = write_run(tmp_path / "run")

    def page(rows, header=HEADER, pictures=()):
        (folder / "worst.csv").write_text("".join(f"{line}\n" for line in (header, *rows)))
        for name in pictures:
            (folder / "pictures").mkdir(exist_ok=True)
            (folder / "pictures" / name).write_bytes(name.encode())
        return PageReader("".join(sample_section(RunRecord.read(folder))))

    return page


def test_pictures_are_in_the_page(page_of):
    page = page_of(ROWS, pictures=["sample-7-input-0.png", "sample-7-predicted-0.jpg", "sample-7-label-0.jpg"])
    sources = [image["src"] for image in page.of("img")]
    assert [source.partition(",")[0] for source in sources] == [
        "data:image/png;base64",
        *["data:image/jpeg;base64"] * 2,
    ]
    assert base64.b64decode(sources[1].partition(",")[2]) == b"sample-7-label-0.jpg"
    assert page.of("img")[0]["alt"] == "input of photos/<b>.png"
    assert "cat → dog" in page.text and "0.12 → 0.75" in page.text and "loss 2.079" in page.text
    assert "The largest losses\n" in page.text and "The most confidently wrong\n" in page.text


def test_rows_of_tables_are_a_table(page_of):
    page = page_of([f"{row},84.5,Bonn" for row in ROWS], f"{HEADER},area,town")
    assert len(page.of("table", "data")) == 2
    titles = [text for text in page.text.split("\n") if text in ("sample", "probability", "area", "town", "order")]
    assert titles[:4] == ["sample", "probability", "area", "town"]
    assert [cell["data-value"] for cell in page.of("td", "number")][:4] == ["0.125", "0.75", "2.079", "84.5"]


def test_a_regression_has_no_probabilities(page_of):
    page = page_of(["price,loss,test,3,row 3,12.5,10,,,2.5"])
    assert "probability" not in page.text and "price" not in page.text


def test_several_targets_have_their_names(page_of):
    page = page_of([*ROWS, "price,loss,test,3,row 3,12.5,10,,,2.5"], pictures=["sample-3-input-0.png"])
    assert "The largest losses: price" in page.text and "The largest losses: y" in page.text


def test_a_long_path_shows_its_end(page_of):
    long = f"{'folder/' * 10}photos/cat.png"
    page = page_of([f"y,loss,test,7,{long},cat,dog,0.125,0.75,2.079"], pictures=["sample-7-input-0.png"])
    assert "…/photos/cat.png" in page.text and page.of("span", "file")[0]["title"] == long


def test_a_run_of_an_earlier_version(tmp_path):
    assert list(sample_section(RunRecord.read(write_run(tmp_path / "run")))) == []
