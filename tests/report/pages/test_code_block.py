from kpipe.report.pages.code_block import code_block


def test_text_is_escaped_and_keeps_its_lines():
    assert "a: &lt;b&gt;\n  c" in code_block("a: <b>\n  c", is_command=False)


def test_only_commands_are_selected_by_a_click():
    assert 'class="command"' in code_block("kpipe runs") and 'class="file"' in code_block("a: 1", is_command=False)
