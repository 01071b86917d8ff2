"""``python -m mlp.testing.gallery`` writes the page of the gallery."""

import sys

from mlp.testing.gallery.page import page

if __name__ == "__main__":
    sys.stdout.write(page())
