"""The gallery of wrong back-propagations: classic mistakes, each caught by a check.

Each exhibit has the mistake as a class and its right twin, a sentence that says what is wrong and why it matters,
the check that catches it, and the smallest input that shows it, which a person can follow on paper.  It is teaching
material, and the test of the tests: a checker that lets one of these pass has become blind.

The next exhibit is one class and one row of the table at the end of its file.

Examples
--------
>>> from mlp.testing import gallery
>>> len(gallery.EXHIBITS) >= 24
True
>>> print(gallery.exhibit("forgotten bias").sentence)
The bias has a gradient like every weight, the sum of dy over the rows; without it the network learns, but never moves its thresholds.
"""

from mlp.testing.gallery.exhibits import Exhibit
from mlp.testing.gallery.page import EXHIBITS, describe, exhibit

__all__ = ["EXHIBITS", "Exhibit", "describe", "exhibit"]
