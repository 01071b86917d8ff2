"""Running what was written as source code."""

import ctypes
import re
import subprocess
import sys

import numpy as np


def run(code):
    """What the file defines."""
    names = {"__name__": "model"}
    exec(compile(code, "model.py", "exec"), names)  # noqa: S102 - the file is the subject
    return names


WITHOUT_MLP = """
import runpy, sys
sys.modules["mlp"] = sys.modules["scipy"] = None  # importing them fails
{also}
sys.argv = ["model.py", *{arguments!r}]
runpy.run_path({path!r}, run_name="__main__")
"""


def script(path, arguments=(), text="", without_numpy=False):
    """A run of the file in an interpreter that has no mlp."""
    also = 'sys.modules["numpy"] = None' if without_numpy else ""
    program = WITHOUT_MLP.format(path=str(path), arguments=list(arguments), also=also)
    command = [sys.executable, "-I", "-c", program]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


class Library:
    """Many networks as one library in C, for a call of the compiler costs as much as what it compiles."""

    #: What a file defines for others to see, and what it keeps to itself.
    DEFINED = re.compile(r"^(?:static (?:const )?\w+|void) (\w+)[\[(]|\b(MLP_\w+PUTS\w*)", re.MULTILINE)
    FLAGS = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-O1", "-shared", "-fPIC")

    def __init__(self, folder, codes):
        text = []
        for i, code in enumerate(codes):
            (folder / f"model_{i}.c").write_bytes(code)
            names = sorted({a or b for a, b in self.DEFINED.findall(code.decode())})
            text += [f"#define {name} {name}_of_{i}" for name in names]
            text += [f'#include "model_{i}.c"', *(f"#undef {name}" for name in names)]
        (folder / "all.c").write_text("\n".join(text) + "\n")
        command = ["cc", *self.FLAGS, "all.c", "-o", "all.so", "-lm"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        self._functions = ctypes.CDLL(str(folder / "all.so"))

    def predict(self, i, x, shapes):
        """The outputs of network ``i``, of these shapes, for rows."""
        f = self._functions[f"predict_of_{i}"]
        f.restype = None
        rows = [np.ascontiguousarray(part, np.float32) for part in x]
        outputs = [np.full((len(x[0]), *shape), -7.0, np.float32) for shape in shapes]
        for places in zip(*rows, *outputs, strict=True):
            f(*(ctypes.c_void_p(place.ctypes.data) for place in places))
        return outputs
