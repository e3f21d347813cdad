from kpipe.messages.html_table import html_table


def test_names_are_not_markup():
    text = html_table("<a>", ["", "<b>"], [["<c>", "&"]])
    assert text == (
        "<table><caption>&lt;a&gt;</caption><thead><tr><th></th><th>&lt;b&gt;</th></tr></thead>"
        "<tbody><tr><th>&lt;c&gt;</th><td>&amp;</td></tr></tbody></table>"
    )
