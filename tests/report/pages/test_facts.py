from kpipe.report.pages.facts import facts


def test_names_and_values_are_text():
    assert "<dt>&lt;a&gt;</dt><dd>&lt;b&gt;</dd>" in facts({"<a>": "<b>"})
