"""What `Network.compile` fixes: optimizer, losses and metrics."""

from __future__ import annotations

import copy
import numbers
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlp import checks, losses, optimizers
from mlp import metrics as metrics_module
from mlp.configurable import encode
from mlp.errors import ArgumentError, ArgumentTypeError, StateError
from mlp.joint import JointLoss, losses_of
from mlp.names import nearest, repeated

__all__ = ["Compiled", "Judge", "compile_settings"]

ACCURACY = ("accuracy", "acc")

MetricOrName = metrics_module.Metric | str


@dataclass
class Judge:
    """A metric of one output: ``name`` is what logs call it; ``weighted`` if it uses sample weights."""

    metric: metrics_module.Metric
    name: str
    output: int
    weighted: bool


@dataclass
class Compiled:
    """Optimizer, loss and metrics of a network.

    ``metrics`` judge rows alike, ``weighted_metrics`` use sample weights; a list of them for each output.  The
    strings "accuracy" and "acc" stay strings until the number of outputs is known.
    """

    optimizer: optimizers.Optimizer
    loss: losses.Loss | JointLoss | None
    metrics: list[list[MetricOrName]]
    weighted_metrics: list[list[MetricOrName]]
    output_names: list[str]

    def needed_loss(self) -> Any:
        """The loss: one, or a `JointLoss` for several outputs.

        Raises
        ------
        StateError
            If there is none.
        """
        if self.loss is None:
            raise StateError(
                'the network was compiled without a loss: net.compile(optimizer="adam", loss="mse")'
            )
        return self.loss

    def settle(self, found: Sequence[losses.Loss | None]) -> None:
        """Take over the losses that targets have shown to be meant, where "crossentropy" left that open."""
        assert self.loss is not None  # noqa: S101 - who has targets has a loss
        if any(new is not old for new, old in zip(found, losses_of(self.loss), strict=True)):
            joint = isinstance(self.loss, JointLoss)
            self.loss = JointLoss(found, self.loss.weights) if joint else found[0]  # type: ignore[union-attr]

    def judges(self, output_shapes: Sequence[tuple[int, ...]]) -> list[Judge]:
        """New metrics, for outputs whose rows have these shapes."""
        of_outputs = (None,) * len(output_shapes) if self.loss is None else losses_of(self.loss)
        return [
            Judge(_fresh(metric, of_outputs[i], output_shapes[i][-1]), name, i, weighted)
            for name, metric, i, weighted in self._named()
        ]

    def loss_names(self) -> list[str]:
        """The names of the outputs' own losses in logs, where there are several outputs."""
        if not isinstance(self.loss, JointLoss) or len(self.output_names) == 1:
            return []
        named = zip(self.output_names, self.loss.losses, strict=True)
        return [f"{name}_loss" for name, loss in named if loss is not None]

    def metric_names(self) -> list[str]:
        """The names under which metrics appear in logs."""
        return [name for name, *_ in self._named()]

    def _named(self) -> Iterator[tuple[str, MetricOrName, int, bool]]:
        """The metrics with their names in logs, their outputs, and whether they look at weights.

        A metric that is there without weights too is called ``weighted_...``, as in Keras.
        """
        taken = set()
        for listed, weighted in ((self.metrics, False), (self.weighted_metrics, True)):
            for i, of_output in enumerate(listed):
                before = f"{self.output_names[i]}_" if len(self.output_names) > 1 else ""
                for metric in of_output:
                    own = metric if isinstance(metric, str) else metric.name or type(metric).__name__
                    again = weighted and before + own in taken
                    name = f"{before}weighted_{own}" if again else before + own
                    taken.add(name)
                    yield name, metric, i, weighted

    def get_config(self) -> dict[str, Any]:
        """All that `compile_settings` takes, as JSON can hold it."""
        config = {"optimizer": encode(self.optimizer), "loss": encode(self.loss)}
        if isinstance(self.loss, JointLoss):
            config["loss_weights"] = list(self.loss.weights)
        for name in ("metrics", "weighted_metrics"):
            listed = getattr(self, name)
            config[name] = encode(listed if len(self.output_names) > 1 else listed[0])
        return config


def _fresh(metric: MetricOrName, loss: losses.Loss | None, outputs: int) -> metrics_module.Metric:
    if isinstance(metric, str):
        return metrics_module.accuracy_for(loss, outputs, metric)
    twin = copy.deepcopy(metric)
    twin.reset_state()
    return twin


def compile_settings(
    optimizer: Any = "rmsprop",
    loss: Any = None,
    loss_weights: Any = None,
    metrics: Any = None,
    weighted_metrics: Any = None,
    output_names: Sequence[str] = ("output",),
) -> Compiled:
    """Names and objects resolved, for outputs with these names.

    Raises
    ------
    UnknownNameError, ArgumentTypeError, ArgumentError
        If a name is unknown, something is of the wrong kind, does not fit the outputs, or two metrics have one name.
    """
    names = list(output_names)
    made = Compiled(
        optimizers.get(optimizer),
        _loss(loss, loss_weights, names),
        _metrics("metrics", metrics, names),
        _metrics("weighted_metrics", weighted_metrics, names),
        names,
    )
    if any(one is not None and one.reduction in ("none", None) for one in losses_of(made.loss) if made.loss):  # type: ignore[arg-type]
        raise ArgumentError("a network needs a loss that is one number, got reduction='none'")
    if isinstance(made.loss, JointLoss):
        judged = zip(names, made.loss.losses, made.metrics, made.weighted_metrics, strict=True)
        for name, one, *of_output in judged:
            if one is None and any(of_output):
                raise ArgumentError(
                    f"output {name!r} has metrics but no loss, which says what its targets are; give it a loss, with 0 in "
                    "loss_weights if it is not to count"
                )
    in_logs = ["loss", *made.loss_names(), *made.metric_names()]
    in_logs += [f"val_{name}" for name in in_logs]
    twice = repeated(in_logs)
    if twice is not None:
        raise ArgumentError(
            f"outputs and metrics must have different names in logs, got {twice!r} twice (in validation they begin with "
            "val_); give one a name="
        )
    return made


def _loss(loss: Any, loss_weights: Any, names: list[str]) -> losses.Loss | JointLoss | None:
    if loss is None:
        return None
    described = isinstance(loss, Mapping) and "class_name" in loss
    each = isinstance(loss, list | tuple | Mapping) and not described
    given = _for_outputs("loss", loss, names) if each else [loss] * len(names)
    found = [None if one is None else losses.get(one) for one in given]
    weights = [1.0] * len(names)
    if loss_weights is not None:
        if len(names) == 1 and isinstance(loss_weights, numbers.Real):
            loss_weights = [loss_weights]
        listed = _for_outputs("loss_weights", loss_weights, names)
        weights = [1.0 if w is None else checks.real("loss_weights", w) for w in listed]
    if len(names) == 1 and weights == [1.0]:
        return found[0]
    if found == [None] * len(names):
        return None
    return JointLoss(found, weights)


def _for_outputs(argument: str, given: Any, names: list[str]) -> list[Any]:
    """What was given for each output: a list in their order, or a dict by their names, others having none."""
    if isinstance(given, Mapping):
        for name in given:
            if name not in names:
                raise ArgumentError(
                    f"{argument}: no output is called {name!r}{nearest(str(name), names)} Outputs: {', '.join(names)}"
                )
        return [given.get(name) for name in names]
    if not isinstance(given, list | tuple) or len(given) != len(names):
        got = f"{len(given)} of them" if isinstance(given, list | tuple) else repr(given)
        raise ArgumentError(
            f"{argument} must be a list with one entry for each of the {len(names)} outputs ({', '.join(names)}), or a "
            f"dict by their names; got {got}"
        )
    return list(given)


def _metrics(argument: str, wanted: Any, names: list[str]) -> list[list[MetricOrName]]:
    """The metrics of each output."""
    if wanted is None or (isinstance(wanted, list | tuple) and not wanted):
        return [[] for _ in names]
    by_name = isinstance(wanted, Mapping) and "class_name" not in wanted
    if len(names) > 1 or by_name:
        return [_listed(argument, of_output) for of_output in _for_outputs(argument, wanted, names)]
    if isinstance(wanted, list | tuple) and len(wanted) == 1 and isinstance(wanted[0], list | tuple):
        (wanted,) = wanted
    return [_listed(argument, wanted)]


def _listed(argument: str, wanted: Any) -> list[MetricOrName]:
    if wanted is None:
        return []
    if isinstance(wanted, Mapping) and "class_name" not in wanted:
        raise ArgumentTypeError(
            f"{argument} must be a list of names, functions or Metric objects, got a dict"
        )
    listed = wanted if isinstance(wanted, Sequence) and not isinstance(wanted, str) else [wanted]
    return [m if isinstance(m, str) and m in ACCURACY else metrics_module.get(m) for m in listed]
