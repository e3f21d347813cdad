import logging

import matplotlib

from kpipe.tune.results.drawing import drawing


def test_nothing_is_changed_after_the_block():
    logger = logging.getLogger("matplotlib")
    with matplotlib.rc_context({"axes.grid": True, "font.family": ["serif"]}):
        before = dict(matplotlib.rcParams), logger.level
        with drawing():
            assert matplotlib.rcParams["axes.grid"] is False
            assert logger.level == logging.ERROR
        assert (dict(matplotlib.rcParams), logger.level) == before
