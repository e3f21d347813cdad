import re

from kpipe.report.pages.data_table import data_table
from kpipe.report.pages.element import element


def test_columns_of_numbers_are_aligned_and_sorted_by_exact_values():
    text = data_table(["run", "loss", "epochs", "status"], [["a", 0.123456, 1200, "x"], ["b", None, 5, "y"]])
    assert re.findall(r"<th scope=\"col\"(.*?)>(\w+)<", text) == [
        ("", "run"),
        (' class="number"', "loss"),
        (' class="number"', "epochs"),
        ("", "status"),
    ]
    assert '<td data-value="0.123456" title="0.123456" class="number">0.1235</td>' in text
    assert '<td data-value="1200" class="number">1,200</td>' in text
    assert '<td class="number">–</td>' in text
    assert "<td>x</td>" in text


def test_text_is_sorted_by_its_number():
    text = data_table(["run", "time"], [["a", ("2 h", 7200.0)], ["b", None]])
    assert '<td data-value="7200.0" class="number">2 h</td>' in text


def test_a_column_without_values_is_not_one_of_numbers():
    assert "<td>–</td>" in data_table(["run", "loss"], [["a", None]])


def test_rows_have_attributes_and_cells_can_be_markup():
    text = data_table(["run"], [[element("b", "a")]], [{"data_run": 3}])
    assert '<tr data-run="3"><th scope="row"><b>a</b></th></tr>' in text


def test_long_text_is_shown_under_the_pointer():
    text = data_table(["run", "value"], [["r" * 41, "v" * 41], ["r", "<" * 41]])
    assert f'title="{"r" * 41}"' in text and f'title="{"v" * 41}"' in text
    assert f'title="{"&lt;" * 41}"' in text
    assert "title" not in data_table(["run"], [[element("b", "r" * 41)]])
