"""A card that TensorFlow does not use is reported with the remedy; the machine is a folder with the files of one."""

import pytest
from golden import expect_message

from kpipe.train.devices.missing_gpu import missing_gpu


def machine(root, *files):
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


@pytest.mark.parametrize(
    "files", [["dev/nvidia0", "dev/nvidiactl"], ["dev/nvidia3"], ["dev/dxg", "usr/lib/wsl/lib/libcuda.so.1"]]
)
def test_a_card_that_this_process_could_open_is_reported(tmp_path, files):
    expect_message(missing_gpu({"CUDA_VISIBLE_DEVICES": "0,1"}, root=machine(tmp_path, *files)))


def test_a_build_without_cuda_has_another_remedy(tmp_path):
    expect_message(missing_gpu({}, has_cuda=False, root=machine(tmp_path, "dev/nvidia0")))


@pytest.mark.parametrize(
    "files",
    [
        [],
        ["dev/nvidiactl", "dev/nvidia-uvm", "dev/nvidia-caps/nvidia-cap1"],
        ["proc/driver/nvidia/version", "usr/bin/nvidia-smi"],
        ["dev/dxg"],
        ["usr/lib/wsl/lib/libcuda.so.1"],
    ],
)
def test_traces_of_a_card_that_this_process_cannot_open_are_not_reported(tmp_path, files):
    assert missing_gpu({}, root=machine(tmp_path, *files)) is None


@pytest.mark.parametrize("value", ["", "-1", " -1"])
def test_a_hidden_card_is_not_missed(tmp_path, value):
    assert missing_gpu({"CUDA_VISIBLE_DEVICES": value}, root=machine(tmp_path, "dev/nvidia0")) is None
