"""Trainings of all sorts, each a program that can be run again from the start: what must survive an interruption."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace

import numpy as np
from tables.optimizers import OPTIMIZERS

from mlp import Input, Network, layers, metrics, schedules
from mlp.callbacks import (
    BackupAndRestore,
    CSVLogger,
    EarlyStopping,
    LearningRateScheduler,
    ModelCheckpoint,
    NanGuard,
    ReduceLROnPlateau,
    SwapEMAWeights,
    TerminateOnNaN,
)

EPOCHS = 5

#: What may be chosen, by what is chosen.
CHOICES = {
    "optimizer": list(range(len(OPTIMIZERS))),
    "rate": ["own", "own", "decay", "scheduler", "plateau"],
    "common": ["none", "none", "ema", "overwritten ema", "accumulation", "clipnorm", "global_clipnorm", "clipvalue", "scaled"],
    "kind": ["numbers", "numbers", "classes", "two outputs"],
    "dtype": ["float64", "float32"],
    "shuffle": [True, True, False],
    "layers": [[], ["dropout"], ["batch norm"], ["batch norm", "seeded dropout", "noise"]],
    "batch_size": [4, 5, 16],
    "data": ["arrays", "arrays", "arrays", "steps", "numbered", "iterable", "iterator"],
    "weights": ["none", "rows", "classes"],
    "validation": ["none", "data", "data", "split", "iterator"],
    "fellows": [[], ["stopping"], ["stopping", "table", "best"], ["appended table", "guard"], ["nan", "batches"]],
    "save_freq": ["epoch", "epoch", 1, 2, 3, 7],
    "double_checkpoint": [False, False, True],
    "place": ["first", "last"],
}  # fmt: skip


@dataclass(frozen=True)
class Training:
    """A program that trains."""

    optimizer: int
    rate: str
    common: str
    kind: str
    dtype: str
    shuffle: bool
    layers: list
    batch_size: int
    data: str
    weights: str
    validation: str
    fellows: list
    save_freq: int | str
    double_checkpoint: bool
    place: str
    explodes: bool = False

    def __str__(self):
        return json.dumps(asdict(self))

    @classmethod
    def drawn(cls, rng, **fixed):
        """One of all that there are; what does not go together is left out."""
        chosen = {name: values[rng.integers(len(values))] for name, values in CHOICES.items()}
        one = cls(**{**chosen, **fixed})
        if one.kind != "classes" and one.weights == "classes":
            one = replace(one, weights="rows")
        if one.data in ("numbered", "iterable", "iterator") and one.validation == "split":
            one = replace(one, validation="data")
        if one.validation == "none" and ("stopping" in one.fellows or one.rate == "plateau"):
            one = replace(one, validation="data")
        return one

    def network(self):
        """It, compiled, as the program makes it."""
        own = {
            "dropout": lambda: layers.Dropout(0.3), "seeded dropout": lambda: layers.Dropout(0.3, seed=7),
            "batch norm": lambda: layers.BatchNormalization(momentum=0.8), "noise": lambda: layers.GaussianNoise(0.1),
        }  # fmt: skip
        hidden = [layers.Dense(4, activation="tanh"), *(own[name]() for name in self.layers)]
        if self.kind == "two outputs":
            x = h = Input((3,))
            for layer in hidden:
                h = layer(h)
            ends = [layers.Dense(1, name="a")(h), layers.Dense(1, name="b")(h)]
            net = Network(inputs=x, outputs=ends, dtype=self.dtype, rng=5)
        else:
            end = layers.Dense(3, activation="softmax") if self.kind == "classes" else layers.Dense(1)
            net = Network([Input((3,)), *hidden, end], dtype=self.dtype, rng=5)
        if self.kind == "classes":
            loss, judged = "sparse_categorical_crossentropy", ["accuracy"]
        else:
            loss, judged = "mse", ["mae", metrics.R2Score(), metrics.PearsonCorrelation(axis=0)]
        several = {"a": judged, "b": ["mae"]} if self.kind == "two outputs" else judged
        weighted = (
            {"a": ["mse"], "b": []} if self.kind == "two outputs" else [metrics.MeanSquaredError("wmse")]
        )
        net.compile(
            self.made_optimizer(),
            loss,
            metrics=several,
            weighted_metrics=None if self.kind == "classes" else weighted,
        )
        return net

    def made_optimizer(self):
        """A new one."""
        common = {
            "none": {}, "ema": {"use_ema": True, "ema_momentum": 0.7},
            "overwritten ema": {"use_ema": True, "ema_overwrite_frequency": 3},
            "accumulation": {"gradient_accumulation_steps": 3}, "clipnorm": {"clipnorm": 0.05},
            "global_clipnorm": {"global_clipnorm": 0.05}, "clipvalue": {"clipvalue": 0.01},
            "scaled": {"loss_scale_factor": 8.0},
        }[self.common]  # fmt: skip
        rate = schedules.ExponentialDecay(0.02, 4, 0.5) if self.rate == "decay" else 0.02
        return OPTIMIZERS[self.optimizer].make(learning_rate=1e25 if self.explodes else rate, **common)

    def callbacks(self, folder):
        """All but the one that keeps the others."""
        own = {
            "stopping": lambda: EarlyStopping(
                "val_loss", patience=1, min_delta=0.02, restore_best_weights=True
            ),
            "table": lambda: CSVLogger(folder / "table.csv"),
            "appended table": lambda: CSVLogger(folder / "table.csv", append=True),
            "best": lambda: ModelCheckpoint(folder / "{epoch}.npz", "loss", save_best_only=True),
            "batches": lambda: ModelCheckpoint(folder / "{epoch}-{batch}.npz", save_freq=3),
            "guard": lambda: NanGuard(save_freq=2),
            "nan": TerminateOnNaN,
        }
        found = [own[name]() for name in self.fellows]
        if self.rate == "scheduler":
            found.append(LearningRateScheduler(lambda epoch, rate: rate * 0.7))
        if self.rate == "plateau":
            found.append(ReduceLROnPlateau("val_loss", factor=0.5, patience=1, min_delta=0.05, cooldown=1))
        if "ema" in self.common:
            found.append(SwapEMAWeights(swap_on_epoch=self.shuffle))
        return found

    def fit(self, net, callbacks, **more):
        """Train."""
        x, y, weight = self.samples(22)
        settings = {"epochs": EPOCHS, "verbose": 0, "shuffle": self.shuffle, "callbacks": callbacks, **more}
        if self.weights == "classes":
            settings["class_weight"] = {0: 1.0, 1: 2.0, 2: 0.5}
        if self.validation == "data":
            settings["validation_data"] = self.samples(9)
        if self.validation == "split":
            settings["validation_split"] = 0.3
        if self.validation == "iterator":
            settings["validation_data"] = self.endless(4)
            settings["validation_steps"] = 3
        if self.data in ("arrays", "steps"):
            if self.data == "steps":
                settings["steps_per_epoch"] = 3
            return net.fit(x, y, sample_weight=weight, batch_size=self.batch_size, **settings)
        if self.data == "iterator":
            return net.fit(self.endless(5), steps_per_epoch=4, **settings)
        return net.fit({"numbered": Numbered, "iterable": Again}[self.data](self.batches(5)), **settings)

    def samples(self, n):
        """Rows, targets and weights."""
        rng = np.random.default_rng(n)
        x = rng.normal(size=(n, 3))
        y = (
            rng.integers(0, 3, n)
            if self.kind == "classes"
            else x[:, :1] - x[:, 1:2] + 0.1 * rng.normal(size=(n, 1))
        )
        weight = rng.uniform(0.5, 2, n) if self.weights == "rows" else None
        return x, [y, y**2] if self.kind == "two outputs" else y, weight

    def batches(self, size):
        """The same in batches."""
        x, y, weight = self.samples(22)
        cut = lambda a, i: (
            None if a is None else [p[i : i + size] for p in a] if isinstance(a, list) else a[i : i + size]
        )
        return [(cut(x, i), cut(y, i), cut(weight, i)) for i in range(0, 22, size)]

    def endless(self, size):
        """An iterator that goes on."""
        while True:
            yield from self.batches(size)

    def run(self, folder, keep=True, more=()):
        """Run the program, which goes on where an earlier run was interrupted; return what has come of it."""
        folder.mkdir(exist_ok=True)
        net = self.network()
        fellows = self.callbacks(folder)
        if keep:
            backup = BackupAndRestore(
                folder / "backup",
                self.save_freq,
                self.double_checkpoint,
                # Nobody knows of a training that is complete and was forgotten that it need not be made once more.
                delete_checkpoint="appended table" not in self.fellows,
            )
            fellows = [backup, *fellows] if self.place == "first" else [*fellows, backup]
        history = self.fit(net, [*more, *fellows, *more])
        return bits(net, history, folder)


class Numbered:
    """Batches that have numbers, and are put into a new order after each epoch, by chance."""

    def __init__(self, batches):
        self.batches, self.rng = batches, np.random.default_rng(3)
        self.order = list(range(len(batches)))

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, number):
        return self.batches[self.order[number]]

    def on_epoch_end(self):
        self.order = self.rng.permutation(len(self.batches)).tolist()

    def get_state(self):
        return {"order": self.order, "rng": self.rng.bit_generator.state}

    def set_state(self, state):
        self.order, self.rng.bit_generator.state = state["order"], state["rng"]


class Again:
    """Batches that can be gone through again and again."""

    def __init__(self, batches):
        self.batches = batches

    def __iter__(self):
        return iter(self.batches)


def bits(net, history, folder):
    """All that a training has led to, in a form in which equal means to the last bit."""
    state = net.optimizer.get_state()
    exact = lambda v: (type(v).__name__, np.asarray(v).dtype.str, np.shape(v), np.asarray(v).tobytes().hex())
    return {
        "weights": [exact(w) for w in net.get_weights()],
        "optimizer": {name: exact(slot) for name, slot in state.pop("slots").items()},
        "counts": repr(state),
        "generator": repr(net.rng.bit_generator.state),
        "epochs": history.epoch,
        "history": {name: [exact(v) for v in values] for name, values in history.history.items()},
        "stopped": net.stop_training,
        "files": {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.iterdir())
            if path.is_file()
        },
    }
