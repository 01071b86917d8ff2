"""Text that is data and nothing else, at the function that reads it."""

import pytest

from mlp.errors import ModelFileError, UnsafeModelError
from mlp.files.contents import json_in

NONE = {
    "a number beyond all": "[1e999]",
    "NaN": "[NaN]",
    "infinity": "[-Infinity]",
    "digits": "[" + "9" * 51 + "]",
    "a key twice": '{"a": 1, "a": 1}',
    "no UTF-8": b'["\xff"]',
    "nested": "[" * 100_000 + "]" * 100_000,
    "nothing": "",
}


@pytest.mark.parametrize("text", NONE.values(), ids=NONE)
def test_what_is_no_data_is_refused(text):
    with pytest.raises(ModelFileError, match="the page"):
        json_in(text, "the page")


def test_values_are_what_they_were():
    assert json_in('{"a": [1, -2.5, 1e308, null, true, "\\u00e4"]}', "it") == {
        "a": [1, -2.5, 1e308, None, True, "ä"]
    }
    assert json_in("9" * 50, "it") == 10**50 - 1


def test_values_that_take_too_much_memory_are_refused_unless_it_is_allowed():
    text = "[" + "[]," * 1000 + "1]"
    with pytest.raises(UnsafeModelError, match="max_bytes"):
        json_in(text, "it", limit=10_000)
    assert len(json_in(text, "it", limit=1_000_000)) == 1001
