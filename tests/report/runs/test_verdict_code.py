from kpipe.report.runs.verdict_code import verdict_code


def test_codes_as_texts_and_mappings_without_a_code():
    assert verdict_code(["overfitting"]) == "overfitting"
    assert verdict_code([{"message": "x"}]) is None
