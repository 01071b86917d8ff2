import subprocess
import sys

from mlp import datasets

NAMES = ["load_digits", "load_iris", "load_mnist", "moons", "circles", "spiral", "xor", "gaussians"]

IMPORT = """
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
import mlp.datasets
print([path for path in opened if path.endswith(".csv")])
print([name for name in ("pooch", "requests", "tqdm") if name in sys.modules])
"""


def test_public_list():
    assert datasets.__all__ == NAMES
    assert all(callable(getattr(datasets, name)) for name in NAMES)


def test_import_reads_no_table_and_brings_no_downloader():
    done = subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "[]"]
