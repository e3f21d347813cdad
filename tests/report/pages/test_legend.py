from kpipe.report.pages.legend import legend


def test_names_are_escaped_and_lines_dashed():
    text = legend([("<a>", "var(--series-1)", False), ("b", "red", True)])
    assert "&lt;a&gt;" in text
    assert '<span class="swatch dashed" style="--color:red"></span>b' in text
