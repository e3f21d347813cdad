from kpipe.report.pages.markup import Markup


def test_everything_but_markup_is_escaped_once():
    assert Markup.of("<b>&\"'") == "&lt;b&gt;&amp;&quot;&#x27;"
    assert Markup.of(Markup.of("<b>")) == "&lt;b&gt;"


def test_characters_that_change_the_text_around_them_are_visible():
    assert Markup.of("a\u202eb\x1b\ud800\n") == "a\\u202eb\\x1b\\ud800\n"
