"""Write ``docs/keras-deviations.md`` from the table of deviations: ``python tests/parity/write_deviations.py``.

With ``--missing`` it writes nothing, but prints what differs from Keras and is not in the table yet, as rows for it.
"""

import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "keras-deviations.md"


def main(arguments):
    """Write the page, or print the rows that are missing."""
    from parity import deviations
    from parity.test_signatures import undeclared

    if "--missing" not in arguments:
        PAGE.write_text(deviations.page(), "utf-8")
        return
    for where, what in undeclared():
        print(f'    Rule("{where}", "{what}", ""),')  # noqa: T201 - a script


if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    sys.path.insert(1, str(Path(__file__).resolve().parents[2]))
    main(sys.argv[1:])
