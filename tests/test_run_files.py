from kpipe.run_files import RunFile


def test_names_are_plain_strings_without_folders(tmp_path):
    assert str(RunFile.RESULT) == f"{RunFile.RESULT}" == "result.json"
    assert all((tmp_path / name).parent == tmp_path for name in RunFile)
