"""Albumentations is imported without a look at the network."""

import os
import subprocess
import sys

import pytest

from kpipe.components.import_albumentations import import_albumentations


def test_the_module_is_the_pinned_version():
    assert import_albumentations().__version__ == "2.0.8"


@pytest.mark.slow
def test_the_first_import_asks_nobody_and_changes_no_environment():
    code = (
        "import os, sys, urllib.request\n"
        "import cv2  # sets LD_LIBRARY_PATH\n"
        "def refuse(*args, **kwargs): raise SystemExit('the network was used')\n"
        "urllib.request.OpenerDirector.open = refuse\n"
        "from kpipe.components.import_albumentations import import_albumentations\n"
        "before = dict(os.environ)\n"
        "import_albumentations()\n"
        "assert dict(os.environ) == before\n"
        "print('tensorflow' in sys.modules, 'keras' in sys.modules)\n"
    )
    env = {key: value for key, value in os.environ.items() if key != "NO_ALBUMENTATIONS_UPDATE"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert (done.stdout, done.stderr, done.returncode) == ("False False\n", "", 0)
