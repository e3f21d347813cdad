from kpipe.report.pages.confusion_table import confusion_table
from tests.report.pages.page_reader import PageReader


def test_cells_are_shaded_by_their_share_of_the_true_class():
    table = PageReader(confusion_table(["a", "b"], [[6, 2], [0, 0]]))
    # 6 and 2 of 8 samples; cells without samples have no color.
    assert [cell.get("style") for cell in table.of("td")] == ["--share:75%", "--share:25%", None, None]
    assert [cell.get("class") for cell in table.of("td")] == ["right", "wrong", None, None]
    assert table.of("td")[1]["title"] == "true a, predicted b: 2 of 8"


def test_names_are_text():
    assert PageReader(confusion_table(["<b>", "x"], [[1, 0], [0, 1]])).of("b") == []
