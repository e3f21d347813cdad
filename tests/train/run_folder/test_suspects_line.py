import pytest

from kpipe.train.run_folder.suspects_line import suspects_line

MANY = "; with 30% of the samples, the model fits too little to tell"


@pytest.mark.parametrize(
    ("suspects", "samples", "text"),
    [
        (1, 1_200, "suspects: 1 of 1,200 samples, in suspects.csv"),
        (2_999, 10_000, "suspects: 2,999 of 10,000 samples, in suspects.csv"),
        (3_000, 10_000, f"suspects: 3,000 of 10,000 samples, in suspects.csv{MANY}"),
    ],
)
def test_many_suspects_are_explained(suspects, samples, text):
    assert suspects_line(suspects, samples) == text
