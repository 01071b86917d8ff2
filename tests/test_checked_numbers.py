"""The extension that holds the numbers in the text to those that code has computed: which numbers it sees."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("sphinx")
sys.path.insert(0, str(Path(__file__).parents[1] / "docs" / "extensions"))

from checked_numbers import written

SEEN = {
    "about 0.25, then": ["0.25"],
    "the 1,797 images of 2024": ["1,797"],
    "x_25 and y0.25 and 25 more": [],
    "画像が1,797枚": ["1,797"],
    "値0.25を超えず、長さは0.001です": ["0.25", "0.001"],
}


@pytest.mark.parametrize("text", SEEN)
def test_numbers_are_seen_between_latin_and_japanese_letters(text):
    assert [found for found, *_ in written(text)] == SEEN[text]
