"""Where this library differs from Keras, and why: the one table of it.

``python tests/parity/write_deviations.py`` writes it into ``docs/keras-deviations.md``.
"""

from fnmatch import fnmatchcase
from typing import Any, NamedTuple


class Rule(NamedTuple):
    """Differences of names or arguments.

    ``where`` holds paths apart by spaces, ``what`` differences apart by " / ", both patterns as in a shell: ``*`` stands
    for anything, and ``[*]`` for a star.
    """

    where: str
    what: str
    reason: str

    def speaks_of(self, where, what):
        """Whether a difference is one of these."""
        return any(fnmatchcase(where, path) for path in self.where.split()) and any(
            fnmatchcase(what, pattern) for pattern in self.what.split(" / ")
        )

    def parts(self):
        """The same with one path, or with one difference, only: each must speak of something."""
        yield from (self._replace(where=path) for path in self.where.split())
        yield from (self._replace(what=pattern) for pattern in self.what.split(" / "))


class Number(NamedTuple):
    """A program's result here, where it is not Keras's, in words and exactly."""

    section: str
    name: str
    what: str
    here: Any
    reason: str


OUT_OF_FIELD = "no part of a multi-layer perceptron"
NOT_COMPILED = "nothing is compiled, nor run on several devices"
REFUSED = "what a class or function does not know is refused by name"
OF_TENSORFLOW = "for tensors of TensorFlow"
OF_THE_NETWORK = "a network has one type, and its layers have it from there"
OF_RANDOMNESS = "where random numbers come from (SPEC 7)"

RULES = [
    # Everywhere.
    Rule(
        "*.deserialize",
        "no config / no name / no custom_objects / also identifier / also argument=''",
        "it is `get`, which takes configurations too; classes of one's own are named by custom_object_scope",
    ),
    Rule("*.serialize", "no * / also value", "one function for objects of every kind"),
    Rule("*.get", "also argument=''", "what the caller calls the argument, for messages"),
    Rule("*", "also [*]args / also [*][*]kwargs", "a class without arguments; it refuses all, by name"),
    Rule("*", "name=None instead of name='*'", "`None` means this very name"),
    # Losses, metrics, optimizers, initializers.
    Rule(
        "losses.CTC losses.Circle losses.Dice losses.Tversky losses.circle losses.ctc losses.dice losses.tversky",
        "absent",
        "for images, sequences and embeddings",
    ),
    Rule(
        "losses.get('CTC') losses.get('Circle') losses.get('Dice') losses.get('Tversky') "
        "losses.get('circle') losses.get('ctc') losses.get('dice') losses.get('tversky')",
        "unknown",
        "for images, sequences and embeddings",
    ),
    Rule(
        "losses.*Crossentropy",
        "also keras_compat=False",
        "cross-entropies are exact; where this is true, they are clipped as Keras clips them",
    ),
    Rule(
        "losses.categorical_generalized_cross_entropy",
        "q=0.5 instead of q without default",
        "the default of the class",
    ),
    Rule(
        "losses.Loss losses.Loss.__init__",
        "in the order reduction, name, dtype",
        "the order of Keras's own losses",
    ),
    Rule("activations.get('threshold')", "unknown", "it has no defaults: `Threshold(0.5, 0.0)`"),
    Rule("metrics.*IoU", "absent", "for images"),
    Rule(
        "metrics.Metric metrics.Metric.__init__",
        "in the order name, dtype",
        "the order of Keras's own metrics",
    ),
    Rule(
        "metrics.Metric.__call__ metrics.Metric.update_state",
        "no [*]args / no [*][*]kwargs / also y_true / also y_pred / also sample_weight=None",
        "what nearly all metrics take is written down",
    ),
    Rule("metrics.get('BinaryIoU') metrics.get('binary_io_u')", "unknown", "for images"),
    Rule(
        "optimizers.*",
        "no weight_decay / no clipnorm / no clipvalue / no global_clipnorm / no use_ema / no ema_momentum "
        "/ no ema_overwrite_frequency / no loss_scale_factor / no gradient_accumulation_steps / no name",
        "among `**kwargs`, by keyword only, with Keras's names, order and defaults",
    ),
    Rule(
        "optimizers.Adafactor optimizers.Muon optimizers.ScheduleFreeAdamW",
        "absent",
        "rare; for large matrices and long trainings",
    ),
    Rule(
        "optimizers.get('adafactor') optimizers.get('muon') optimizers.get('schedulefreeadamw')",
        "unknown",
        "rare; for large matrices and long trainings",
    ),
    Rule("optimizers.LossScaleOptimizer", "absent", "for half precision, of which there is none here"),
    Rule(
        "optimizers.MultiOptimizer optimizers.OptimizerMap",
        "absent",
        "an optimizer moves one vector; `lr_multiplier` gives layers rates of their own",
    ),
    Rule("optimizers.Optimizer.from_config", "no custom_objects", "`custom_object_scope` makes names known"),
    Rule(
        "optimizers.Optimizer optimizers.Optimizer.__init__",
        "learning_rate=0.001 instead of learning_rate without default",
        "most optimizers have this default",
    ),
    Rule("activations.hard_sigmoid", "also slope=0.16666666666666666", "it was 0.2 before Keras 3"),
    Rule("initializers.STFT initializers.STFTInitializer initializers.stft", "absent", "for sound"),
    Rule(
        "initializers.get('STFT') initializers.get('STFTInitializer') initializers.get('stft')",
        "unknown",
        "for sound",
    ),
    Rule("initializers.Initializer.__call__", "also rng=None", OF_RANDOMNESS),
    Rule("regularizers.Regularizer.__call__", "no x / also w", "weights are called w everywhere"),
    # Callbacks.
    Rule("callbacks.TensorBoard", "absent", "`CSVLogger` and `History` keep the numbers"),
    Rule("callbacks.RemoteMonitor", "absent", "the library sends nothing over a network"),
    Rule("callbacks.OrbaxCheckpoint", "absent", "a format of JAX; `ModelCheckpoint` keeps checkpoints"),
    Rule("callbacks.ReduceLROnPlateau", "no [*][*]kwargs", REFUSED),
    # Layers and networks.
    Rule("layers.*", "no lora_* / no quantization_config", OUT_OF_FIELD),
    Rule("layers.Layer.*", "no dtype / no autocast", OF_THE_NETWORK),
    Rule(
        "layers.Layer.__init__",
        "also input_shape=None / also input_dim=None",
        "Keras takes them among `**kwargs`",
    ),
    Rule("layers.Layer.__init__", "no [*][*]kwargs", REFUSED),
    Rule(
        "layers.Layer.__init__",
        "no activity_regularizer",
        "`Dense` has it, and the layer `ActivityRegularization` stands behind any other",
    ),
    Rule(
        "layers.Layer.__init__", "also lr_multiplier=1", "layers may learn at rates of their own, here alone"
    ),
    Rule(
        "layers.Layer.add_loss Model.add_loss",
        "absent",
        "what is added to the loss are regularizers, of weights or of outputs",
    ),
    Rule("layers.Layer.add_weight", "no aggregation / no overwrite_with_gradient / no [*]args", NOT_COMPILED),
    Rule(
        "layers.Layer.add_weight",
        "name without default instead of name=None / shape without default instead of shape=None "
        "/ initializer='glorot_uniform' instead of initializer=None / in the order name, shape, *",
        "a weight becomes the attribute of its name; the rest is what Keras does with `None`",
    ),
    Rule(
        "layers.Layer.compute_output_shape",
        "absent",
        "layers are built when they are called, and tell their `output_shape`",
    ),
    Rule("layers.Flatten", "no data_format", "for images"),
    Rule("layers.CategoryEncoding layers.Discretization", "no sparse", OF_TENSORFLOW),
    Rule("layers.Discretization", "no name", "among `**kwargs`, as with all layers"),
    Rule("layers.Discretization layers.Input", "no dtype", OF_THE_NETWORK),
    Rule(
        "layers.BatchNormalization",
        "no renorm / no renorm_clipping / no renorm_momentum",
        "batch renormalization is for batches of very few rows",
    ),
    Rule("layers.BatchNormalization", "no synchronized", NOT_COMPILED),
    Rule("layers.Embedding", "no weights", "`embeddings_initializer` takes an array"),
    Rule("layers.Input", "no sparse / no ragged / no tensor / no optional", OF_TENSORFLOW),
    Rule("layers.Input", "no batch_size / no batch_shape", "a network takes any number of rows"),
    Rule("layers.Input", "shape without default instead of shape=None", "nothing else tells the shape"),
    Rule(
        "Model.__init__ Sequential.__init__",
        "also dtype='float64' / also rng=None",
        "a network has one type and one source of random numbers",
    ),
    Rule(
        "Model.__init__ Sequential.__init__",
        "also layers=None / also outputs=None / also inputs=None / also trainable=True / no [*][*]kwargs / in the order * "
        "/ * by keyword only / inputs=None instead of inputs without default "
        "/ outputs=None instead of outputs without default",
        "`Model` and `Sequential` are one class, which takes a list of layers, or inputs and outputs",
    ),
    Rule("Model.from_config", "also rng=None", OF_RANDOMNESS),
    Rule("Sequential.add Sequential.pop", "no rebuild", "a network is never half-built"),
    Rule(
        "Model.compile",
        "no run_eagerly / no steps_per_execution / no jit_compile / no auto_scale_loss",
        NOT_COMPILED,
    ),
    Rule("Model.evaluate Model.load_weights Model.save", "no [*][*]kwargs", REFUSED),
    Rule("Model.load_weights", "no skip_mismatch", "weights that do not fit are refused by name"),
    Rule(
        "Model.compute_loss Model.compute_metrics",
        "absent",
        "`value_and_gradient` and `evaluate` compute them; a loss of one's own is a `Loss`, a metric a `Metric`",
    ),
    Rule(
        "Model.get_metrics_result Model.reset_metrics",
        "absent",
        "metrics begin anew with every call, which returns what they found",
    ),
    Rule(
        "Model.get_state_tree Model.set_state_tree",
        "absent",
        "`get_weights` and `optimizer.get_state` hold the state, and `save` writes it",
    ),
    Rule("Model.export", "absent", "for the runtimes of other libraries"),
    Rule(
        "utils.get_custom_objects",
        "absent",
        "nothing is made known for ever; `custom_object_scope` is for a while",
    ),
    Rule("utils.split_dataset", "no preferred_backend", "datasets are arrays"),
    Rule(
        "models.clone_model",
        "no call_function / no recursive / no [*][*]kwargs",
        "layers are cloned with what is in them",
    ),
    Rule("utils.Progbar", "absent", "`verbose` shows a bar, and `callbacks.ProgbarLogger` is there"),
    Rule("utils.plot_model utils.model_to_dot", "absent", "they need Graphviz; `summary` shows the network"),
    Rule(
        "utils.get_registered_name utils.get_registered_object utils.register_keras_serializable",
        "absent",
        "classes of one's own are named where they are needed, in `custom_objects`",
    ),
    Rule(
        "wrappers.SKLearnClassifier wrappers.SKLearnRegressor wrappers.SKLearnTransformer",
        "absent",
        "scikit-learn is no dependency",
    ),
    Rule("Model.load_weights", "also max_bytes=None", "how large a file may be that is read"),
    Rule("Model.save_weights", "no max_shard_size", "networks of this kind fit into one file"),
    Rule("Model.save", "no zipped", "`.keras` files are always zipped"),
    Rule("Model.save", "also pure_python=False", "for source code in a file that ends in `.py`"),
]

AT_KINK = "Keras with TensorFlow, and PyTorch, take the slope too; JAX alone takes the 1"

NUMBERS = [
    Number(
        "activations",
        "sparsemax where two share",
        "of 1, 0.5, -2 it is 0.75, 0.25, 0",
        [[0.75, 0.25, 0.0]],
        "shares sum to 1 (Martins and Astudillo 2016, eq. 2); Keras gives 0.25, 0, 0",
    ),
    Number(
        "kinks",
        "leaky_relu()",
        "the derivative at 0 is the slope, 0.2",
        {"x": [0], "derivative": [0.2]},
        AT_KINK,
    ),
    Number(
        "kinks",
        "leaky_relu(negative_slope=0.01)",
        "the derivative at 0 is the slope, 0.01",
        {"x": [0], "derivative": [0.01]},
        AT_KINK,
    ),
    Number(
        "kinks",
        "relu(negative_slope=0.1)",
        "the derivative at 0 is the slope, 0.1",
        {"x": [0], "derivative": [0.1]},
        AT_KINK,
    ),
    Number(
        "kinks",
        "relu(negative_slope=0.1, max_value=4.0, threshold=0.5)",
        "the derivative at the threshold is the slope, 0.1, and at the maximum 0",
        {"x": [0.5, 4.0], "derivative": [0.1, 0.0]},
        "JAX takes 0 at the threshold and half the slope at the maximum; TensorFlow and PyTorch choose a side",
    ),
    Number(
        "kinks",
        "sparse_sigmoid()",
        "the derivative at -1 and 1 is 0",
        {"x": [-1.0, 1.0], "derivative": [0.0, 0.0]},
        "where it is constant it stays so; JAX takes the mean of both sides, 0.25",
    ),
    Number(
        "kinks",
        "hard_tanh()",
        "the derivative at -1 and 1 is 0",
        {"x": [-1.0, 1.0], "derivative": [0.0, 0.0]},
        "PyTorch takes 0 too; JAX takes the 1 from inside",
    ),
]

#: Section and name to what is expected here.
NUMBER = {(number.section, number.name): number for number in NUMBERS}


def rules_for(where, what):
    """The rules that speak of a difference."""
    return [rule for rule in RULES if rule.speaks_of(where, what)]


def differences(here, keras):
    """How arguments here differ from those in Keras, one string for each: what is absent, more, or has changed."""
    if here is None:
        return ["absent"]
    ours, theirs = _defaults(here), _defaults(keras)
    found = [f"no {name}" for name in theirs if name not in ours]
    found += [
        f"also {argument}" for argument in here if argument.split("=")[0] not in theirs and argument != "*"
    ]
    found += [
        f"{name}{ours[name] or ' without default'} instead of {name}{theirs[name] or ' without default'}"
        for name in theirs
        if name in ours and ours[name] != theirs[name]
    ]
    by_position = [name for name in theirs if name in ours and not _by_keyword(keras, name)]
    order = [name for name in ours if name in by_position]
    if order != by_position:
        found.append(f"in the order {', '.join(order)}")
    found += [f"{name} by keyword only" for name in by_position if _by_keyword(here, name)]
    return found


def _defaults(arguments):
    return {
        name: "=" * bool(eq) + value for name, eq, value in (a.partition("=") for a in arguments if a != "*")
    }


def _by_keyword(arguments, name):
    names = [a.split("=")[0] for a in arguments]
    return "*" in names and names.index(name) > names.index("*") and not name.startswith("*")


def page():
    """The table as Markdown."""
    rows = [(_quoted(rule.where, " "), _quoted(rule.what, " / "), rule.reason) for rule in RULES]
    numbers = [(f"{number.section}: `{number.name}`", number.what, number.reason) for number in NUMBERS]
    lines = ["# Differences from Keras", "", INTRODUCTION, "", "## Names and arguments", ""]
    lines += _table(("in Keras", "here", "why"), rows)
    lines += ["", "## Numbers", "", *_table(("program", "here", "why"), numbers), ""]
    return "\n".join(lines)


INTRODUCTION = """\
Every public name of `keras.activations`, `losses`, `optimizers`, `initializers`, `regularizers`, `constraints`, `metrics`
and `callbacks`, the layers and methods that an MLP has a use for, with names, order and defaults of their arguments, and
the numbers that some 800 programs give are compared with Keras 3.15.1 by the tests in `tests/parity`. This page is
written from their table of exceptions, `tests/parity/deviations.py`, and a test holds it to that. `*` stands for anything,
`[*]` for a star."""


def _table(head, rows):
    return [" | ".join(["", *cells, ""]).strip() for cells in [head, ("---",) * len(head), *rows]]


def _quoted(text, separator):
    return ", ".join(f"`{part}`" for part in text.split(separator))
