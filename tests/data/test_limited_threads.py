import os
import subprocess
import sys

import pytest

from kpipe.data.limited_threads import limited_threads


@pytest.mark.slow
def test_libraries_and_kpipe_use_this_number_of_cores():
    code = (
        "import cv2, numpy, scipy.linalg, threadpoolctl; from kpipe.data.cores import cores;"
        "print(cores(), cv2.getNumThreads(), {info['num_threads'] for info in threadpoolctl.threadpool_info()})"
    )
    environment = {**os.environ, **limited_threads(1)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "1 1 {1}\n"
