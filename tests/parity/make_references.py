"""Write ``references/*.json``: run the programs on Keras.

Made with Keras 3.15.1 on JAX 0.10.2 and NumPy 2.4.6::

    KERAS_BACKEND=jax JAX_ENABLE_X64=1 python tests/parity/make_references.py [section ...]
    KERAS_BACKEND=jax JAX_ENABLE_X64=1 python tests/parity/make_references.py --as-installed [section ...]

The second writes nothing.  It runs Keras without the mended table of promotions (`keras_library.compute_in_float64`)
and tells how far its numbers are from the references: some 1e-7, and 2e-6 after long trainings, as float32 brings it.
"""

import sys
from pathlib import Path


def main(arguments):
    """Make the sections that are named, or all."""
    from parity import references, signatures
    from parity.keras_library import KerasLibrary, compute_in_float64
    from parity.programs import SECTIONS, of

    as_installed = "--as-installed" in arguments
    sections = [a for a in arguments if not a.startswith("--")] or SECTIONS
    if not as_installed:
        compute_in_float64()
    keras = KerasLibrary()
    for section in sections:
        results = {name: _run(name, program, keras) for name, program in of(section).items()}
        if as_installed:
            _tell_differences(section, results, references.read(section)["results"])
        else:
            references.write(section, keras.versions(), results)
            print(f"{section}: {len(results)} results")  # noqa: T201 - a script
    if not as_installed and sections is SECTIONS:
        for section, results in signatures.of_keras().items():
            references.write(section, keras.versions(), results)


def _run(name, program, keras):
    from parity import references

    keras.utils.clear_session()  # or names would be counted on: auc_1, auc_2
    try:
        return references.plain(program(keras))
    except Exception as error:
        error.add_note(f"in the program {name!r}")
        raise


def _tell_differences(section, results, reference):
    from parity import references

    for close in (1e-12, 1e-9, 1e-7, 1e-6, 1e-5):
        far = [name for name in results if references.compare(results[name], reference[name], close, close)]
        print(f"{section}: {len(far)} of {len(results)} differ by more than {close:g}: {far[:5]}")  # noqa: T201 - a script


if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    main(sys.argv[1:])
