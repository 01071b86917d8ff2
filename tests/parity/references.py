"""References: what the programs returned on Keras, one JSON file a section."""

import json
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).with_name("references")


def plain(value):
    """A program's result as JSON holds it: dicts, lists, floats, strings."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return np.asarray(value, float).tolist()


def write(section, versions, results):
    """Write a section, one number or array a line."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{section}.json").write_text(_text({"versions": versions, "results": results}) + "\n", "utf-8")


def read(section):
    """A section as it was written."""
    return json.loads((FOLDER / f"{section}.json").read_text("utf-8"))


def _text(value, indent=""):
    if not isinstance(value, dict) or not value:
        return json.dumps(value, separators=(",", ":"))
    lines = [f"{indent} {json.dumps(key)}: {_text(item, indent + ' ')}" for key, item in value.items()]
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


def compare(found, reference, rtol, atol, path=""):
    """What differs, as lines of text: by more than ``rtol`` of the reference and ``atol``, or in shape or name."""
    if isinstance(reference, dict):
        if not isinstance(found, dict) or set(found) != set(reference):
            keys = list(found) if isinstance(found, dict) else found
            return [f"{path or 'result'}: names {keys}, in Keras {list(reference)}"]
        return [
            line
            for key, item in reference.items()
            for line in compare(found[key], item, rtol, atol, f"{path}[{key!r}]")
        ]
    if isinstance(reference, str | None) or (isinstance(reference, list) and _ragged(reference)):
        if isinstance(reference, list) and isinstance(found, list) and len(found) == len(reference):
            return [
                line
                for i, (ours, theirs) in enumerate(zip(found, reference, strict=True))
                for line in compare(ours, theirs, rtol, atol, f"{path}[{i}]")
            ]
        return [] if found == reference else [f"{path}: {found!r}, in Keras {reference!r}"]
    if _ragged(found):
        return [f"{path}: {found!r}, in Keras {reference!r}"]
    ours, theirs = np.asarray(found, float), np.asarray(reference, float)
    if ours.shape != theirs.shape:
        return [f"{path}: shape {ours.shape}, in Keras {theirs.shape}"]
    wrong = ~np.isclose(ours, theirs, rtol, atol, equal_nan=True)
    if not wrong.any():
        return []
    where = tuple(int(i[0]) for i in np.nonzero(wrong)) if wrong.ndim else ()
    count = f"{path}: {np.count_nonzero(wrong)} of {wrong.size} numbers differ, first at {list(where)}"
    return [f"{count}: {float(ours[where])!r}, in Keras {float(theirs[where])!r}"]


def _ragged(value):
    """Whether a list holds anything but one array of numbers."""
    if not isinstance(value, list):
        return isinstance(value, str | dict) or value is None
    try:
        return np.asarray(value).dtype.kind not in "fiub"
    except ValueError:
        return True
