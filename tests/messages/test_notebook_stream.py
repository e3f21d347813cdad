from kpipe.messages.notebook_stream import NotebookStream


def test_lines_are_shown_when_they_are_complete(outputs):
    stream = NotebookStream()
    assert stream.write("epoch 1") == 7
    assert outputs == []
    stream.write("/2\nepoch")
    assert [output.text for output in outputs] == ["epoch 1/2"]
    print(" 2/2", file=stream)
    assert [output.text for output in outputs] == ["epoch 1/2\nepoch 2/2"]


def test_names_are_not_markup(outputs):
    print("class <b> & 'c'", file=NotebookStream())
    assert "class &lt;b&gt; &amp; &#x27;c&#x27;</pre>" in outputs[0].content["text/html"]
    assert outputs[0].text == "class <b> & 'c'"


def test_the_last_line_is_replaced_and_removed(outputs):
    stream = NotebookStream()
    stream.set_last_line("1/3")
    stream.set_last_line("2/3")
    assert outputs[0].text == "2/3"
    print("a message", file=stream)
    assert outputs[0].text == "a message\n2/3"
    stream.set_last_line("")
    assert outputs[0].text == "a message"
    assert len(outputs) == 1


def test_an_output_has_a_limited_size(outputs):
    stream = NotebookStream()
    for number in range(250):
        print(number, file=stream)
    assert [len(output.text.splitlines()) for output in outputs] == [100, 100, 50]
    assert "\n".join(output.text for output in outputs).splitlines() == [str(number) for number in range(250)]
