"""Where this library differs from Keras, and why."""

#: Programs whose numbers differ on purpose: (section, name), reason.
NUMBERS: dict[tuple[str, str], str] = {}
