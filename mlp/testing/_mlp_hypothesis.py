"""What Hypothesis calls when it is imported (its entry point in ``pyproject.toml``).

It is installed outside the package, as the top-level module ``_mlp_hypothesis``: to import anything in ``mlp``
is to import NumPy and the whole library, into every test run of everybody who has it installed.
"""

import sys


def register() -> None:
    """Register the strategies, if mlp was imported first; if not, it will do so itself."""
    registration = sys.modules.get("mlp.registration")
    if registration is not None:
        registration.register()
