from kpipe.report.pages.element import element
from kpipe.report.pages.section import section


def test_a_note_is_below_the_heading():
    text = section("a & b", element("p", "x"), note="n")
    assert text == '<section><h2>a &amp; b</h2><p class="note">n</p><p>x</p></section>'
