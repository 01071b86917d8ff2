"""Make the folder `torch-2.13`: weights of PyTorch modules as safetensors, and what the modules predict.

    pip install torch==2.13.0 safetensors==0.8.0 numpy
    python tests/files/foreign/make_torch.py

The weights are normally distributed; those of BatchNorm1d have been trained for a few batches.
"""

import numpy as np
import safetensors
import torch
from recording import Folder, data
from safetensors.torch import save_file
from torch import nn

VERSION = torch.__version__.split("+")[0]
FOLDER = Folder(
    "torch-" + VERSION.rsplit(".", 1)[0], torch=torch.__version__, safetensors=safetensors.__version__
)
ACTIVATIONS = {
    "relu": nn.ReLU(), "tanh": nn.Tanh(), "sigmoid": nn.Sigmoid(), "leaky-relu": nn.LeakyReLU(0.2), "elu": nn.ELU(0.7),
    "selu": nn.SELU(), "gelu": nn.GELU(), "gelu-tanh": nn.GELU(approximate="tanh"), "silu": nn.SiLU(), "mish": nn.Mish(),
    "softplus": nn.Softplus(), "softsign": nn.Softsign(), "softmax": nn.Softmax(dim=-1), "log-softmax": nn.LogSoftmax(dim=-1),
    "relu6": nn.ReLU6(), "hardtanh": nn.Hardtanh(), "hardsigmoid": nn.Hardsigmoid(), "hardswish": nn.Hardswish(), "celu": nn.CELU(0.7),
    "logsigmoid": nn.LogSigmoid(), "tanhshrink": nn.Tanhshrink(), "hardshrink": nn.Hardshrink(), "softshrink": nn.Softshrink(),
    "glu": nn.GLU(), "identity": nn.Identity(),
}  # fmt: skip


class Named(nn.Module):
    """A module that is not a Sequential: the names of its weights are attributes."""

    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(4, 5), nn.Linear(5, 3)

    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x)))


class Wrapped(nn.Module):
    """A Sequential in an attribute."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3))

    def forward(self, x):
        return self.net(x)


def moved(module):
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randn(parameter.shape) * 0.5)
    return module


def record(name, module, tests, dtype="float32", refused=None, metadata=None, **more):
    module.train()
    with torch.no_grad():
        for seed in range(4):
            module(torch.from_numpy(data(16, 4, seed=seed, dtype=dtype)))
    module.eval()
    x = torch.from_numpy(data(7, 4, dtype=dtype))
    with torch.no_grad():
        y = module(x)
    path = FOLDER.place(name + ".safetensors")
    save_file({key: value.contiguous() for key, value in module.state_dict().items()}, path, metadata)
    FOLDER.truth(name, x=x.numpy(), y=np.asarray(y))
    FOLDER.add(
        name + ".safetensors", tests, "weights", refused, truth=name + ".npz", module=str(module), **more
    )


torch.manual_seed(1)
record(
    "linear",
    moved(nn.Sequential(nn.Linear(4, 5), nn.Linear(5, 3))),
    "a Sequential of Linear alone: 0.weight, 1.weight",
)
for activation in ("relu", "tanh", "sigmoid"):
    module = nn.Sequential(nn.Linear(4, 5), ACTIVATIONS[activation], nn.Linear(5, 3))
    record(
        "linear-" + activation,
        moved(module),
        "a hole in the numbers where the activation is: 0.weight, 2.weight",
    )
deep = nn.Sequential(*(one for _ in range(11) for one in (nn.Linear(4, 4), nn.Tanh())))
record("linear-deep", moved(deep), "eleven layers: 10.weight comes after 2.weight, which the alphabet denies")
record(
    "linear-no-bias",
    moved(nn.Sequential(nn.Linear(4, 5, bias=False), nn.ReLU(), nn.Linear(5, 3))),
    "no bias in the first",
)
module = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3))
record("linear-float64", moved(module).double(), "float64", dtype="float64")
record("linear-metadata", moved(module).float(), "metadata of the writer's", metadata={"format": "pt"})
half = moved(nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3))).half().float()
record("half-truth", half, "the module of half.safetensors in float32")
save_file({key: value.half() for key, value in half.state_dict().items()}, FOLDER.place("half.safetensors"))
FOLDER.add("half.safetensors", "float16", "weights", truth="half-truth.npz", module=str(half))
save_file(
    {key: value.bfloat16() for key, value in half.state_dict().items()}, FOLDER.place("bfloat16.safetensors")
)
FOLDER.add("bfloat16.safetensors", "bfloat16, which NumPy does not have; may be refused", "weights")
normalized = nn.Sequential(
    nn.Linear(4, 5),
    nn.BatchNorm1d(5),
    nn.ReLU(),
    nn.Dropout(0.3),
    nn.Linear(5, 4),
    nn.LayerNorm(4),
    nn.Linear(4, 3),
)
record(
    "normalized", moved(normalized), "BatchNorm1d with its counter num_batches_tracked, Dropout, LayerNorm"
)
record("named", moved(Named()), "fc1.weight, fc2.weight: no Sequential")
record("wrapped", moved(Wrapped()), "net.0.weight: a Sequential in an attribute")
nested = nn.Sequential(nn.Sequential(nn.Linear(4, 5), nn.Tanh()), nn.Linear(5, 3))
record("nested", moved(nested), "0.0.weight: a Sequential in a Sequential")
square = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4))
record("square", moved(square), "square kernels: a forgotten transposition has the right shape")

x = data(7, 4)
outputs = {name: module(torch.from_numpy(x)).numpy() for name, module in ACTIVATIONS.items()}
FOLDER.truth("activations", x=x, **outputs)
FOLDER.add(
    "activations.npz",
    "what each activation module makes of x",
    "arrays",
    modules={k: str(v) for k, v in ACTIVATIONS.items()},
)
FOLDER.close()
