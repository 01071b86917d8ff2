"""Names, orders and defaults of arguments, of Keras and of this library, and what the names of objects mean."""

import inspect

#: Modules whose every public name counts.
MODULES = (
    "activations", "losses", "optimizers", "optimizers.schedules", "initializers", "regularizers", "constraints", "metrics",
    "callbacks",
)  # fmt: skip

#: The names of others that an MLP has a use for.
CHOSEN = {
    "layers": [
        "Activation", "ActivityRegularization", "Add", "AlphaDropout", "Average", "BatchNormalization", "CategoryEncoding",
        "Concatenate", "Dense", "Discretization", "Dot", "Dropout", "ELU", "Embedding", "Flatten", "GaussianDropout",
        "GaussianNoise", "Identity", "Input", "LayerNormalization", "LeakyReLU", "Maximum", "Minimum", "Multiply",
        "Normalization", "PReLU", "RMSNormalization", "ReLU", "Rescaling", "Reshape", "Softmax", "Subtract",
        "UnitNormalization", "add", "average", "concatenate", "dot", "maximum", "minimum", "multiply", "subtract",
    ],
    "utils": [
        "CustomObjectScope", "Progbar", "custom_object_scope", "get_custom_objects", "get_registered_name",
        "get_registered_object", "model_to_dot", "normalize", "plot_model", "register_keras_serializable", "set_random_seed",
        "split_dataset", "to_categorical",
    ],
    "wrappers": ["SKLearnClassifier", "SKLearnRegressor", "SKLearnTransformer"],
    "models": ["clone_model", "load_model", "model_from_json"],
    "config": ["epsilon", "floatx"],
}  # fmt: skip

#: Methods, class by class.
METHODS = {
    "Model": [
        "__init__", "add_loss", "compile", "compute_loss", "compute_metrics", "count_params", "evaluate", "export", "fit",
        "from_config", "get_config", "get_layer", "get_metrics_result", "get_state_tree", "get_weights", "load_weights",
        "predict", "predict_on_batch", "reset_metrics", "save", "save_weights", "set_state_tree", "set_weights", "summary",
        "test_on_batch", "to_json", "train_on_batch",
    ],
    "Sequential": ["__init__", "add", "pop"],
    "layers.Layer": [
        "__init__", "add_loss", "add_weight", "build", "compute_output_shape", "count_params", "from_config", "get_config",
        "get_weights", "set_weights",
    ],
    "losses.Loss": ["__init__", "__call__", "from_config", "get_config"],
    "metrics.Metric": ["__init__", "__call__", "from_config", "get_config", "reset_state", "result", "update_state"],
    "metrics.AUC": ["update_state"],
    "metrics.Mean": ["update_state"],
    "initializers.Initializer": ["__call__", "clone", "from_config", "get_config"],
    "regularizers.Regularizer": ["__call__", "from_config", "get_config"],
    "constraints.Constraint": ["__call__", "from_config", "get_config"],
    "optimizers.schedules.LearningRateSchedule": ["__call__", "from_config", "get_config"],
    "optimizers.Optimizer": ["__init__", "from_config", "get_config"],
    "callbacks.Callback": [
        "on_batch_begin", "on_batch_end", "on_epoch_begin", "on_epoch_end", "on_predict_batch_begin", "on_predict_batch_end",
        "on_predict_begin", "on_predict_end", "on_test_batch_begin", "on_test_batch_end", "on_test_begin", "on_test_end",
        "on_train_batch_begin", "on_train_batch_end", "on_train_begin", "on_train_end", "set_model", "set_params",
    ],
    "layers.Normalization": ["adapt"],
    "layers.Discretization": ["adapt"],
}  # fmt: skip

#: Modules where a string means an object.
NAMED = ("activations", "losses", "optimizers", "initializers", "regularizers", "constraints", "metrics")


def of_keras():
    """Both tables of Keras."""
    import keras

    return {
        "signatures": {path: arguments(keras, path) for path in _paths(keras)},
        "names": dict(item for module in NAMED for item in _names(keras, module)),
    }


def _paths(keras):
    for module in MODULES:
        for name, value in sorted(vars(find(keras, module)).items()):
            if not name.startswith("_") and callable(value):
                yield f"{module}.{name}"
    for owner, names in [*CHOSEN.items(), *METHODS.items()]:
        yield from (f"{owner}.{name}" for name in names)


def find(library, path):
    """What a path such as ``losses.Huber`` leads to, in `mlp.keras` where mlp itself has none; None where there is nothing."""
    thing = library
    for name in path.split("."):
        thing = getattr(thing, name, None)
    return find(library.keras, path) if thing is None and library.__name__ == "mlp" else thing


def arguments(library, path):
    """Arguments with defaults as strings, ``["y_true", "y_pred", "delta=1"]``; None where there is no such thing."""
    thing = find(library, path)
    if path == "Model.__init__" and library.__name__ == "keras":
        from keras.src.models import Functional  # what a Model of inputs and outputs is

        thing = Functional.__init__
    if thing is None:
        return None
    found, by_keyword = [], False
    for parameter in inspect.signature(thing).parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and not by_keyword:
            by_keyword = True
            found.append("*")
        by_keyword |= parameter.kind is parameter.VAR_POSITIONAL
        given = "" if parameter.default is parameter.empty else f"={default(parameter.default)}"
        rest = {parameter.VAR_POSITIONAL: "*args", parameter.VAR_KEYWORD: "**kwargs"}
        found.append(rest.get(parameter.kind, f"{parameter.name}{given}"))
    return found[1:] if found[:1] == ["self"] else found


def default(value):
    """A default as text."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    known = value is None or isinstance(value, bool | int | float | str | tuple | list | dict)
    return repr(value) if known else getattr(value, "__name__", type(value).__name__)


def _names(keras, module):
    """What every string of a module means, where it is enough to make an object: a function or class in snake_case."""
    from keras.src.utils.naming import to_snake_case

    abstract = {"initializer", "loss", "metric", "optimizer", "regularizer", "constraint"}
    table = find(keras.src, module).ALL_OBJECTS_DICT
    for name in sorted(table):
        try:
            find(keras, module).get(name)
        except (KeyError, TypeError):  # it wants arguments
            continue
        if name.lower() not in abstract:
            yield f"{module}.get({name!r})", to_snake_case(table[name].__name__)
