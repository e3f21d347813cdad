from kpipe.report.pages.element import element
from kpipe.report.pages.markup import Markup


def test_names_from_data_cannot_contain_elements_or_leave_attributes():
    text = element("td", "</td><script>alert(1)</script>", title='" onclick="alert(1)')
    assert text == ('<td title="&quot; onclick=&quot;alert(1)">&lt;/td&gt;&lt;script&gt;alert(1)&lt;/script&gt;</td>')


def test_attributes_that_are_absent():
    assert element("p", a=None, b=False, c=True, d_e=0, class_="x") == '<p c d-e="0" class="x"></p>'


def test_an_element_is_markup():
    assert isinstance(element("p"), Markup)
    assert element("p", element("b", "x")) == "<p><b>x</b></p>"
