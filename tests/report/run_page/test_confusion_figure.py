import numpy as np

from kpipe.report.run_page.confusion_figure import confusion_figure


def test_cells_are_the_shares_of_the_true_class():
    axes = confusion_figure(["a", "b$"], [[6, 2], [0, 0]], "y").axes[0]
    np.testing.assert_array_equal(axes.images[0].get_array(), [[0.75, 0.25], [0, 0]])
    assert [(text.get_position(), text.get_text()) for text in axes.texts] == [((0, 0), "6"), ((1, 0), "2")]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", r"b\$"]


def test_many_classes_have_neither_numbers_nor_names():
    axes = confusion_figure([str(index) for index in range(60)], np.eye(60, dtype=int).tolist(), "y").axes[0]
    assert len(axes.texts) == 0 and len(axes.get_yticklabels()) < 60
