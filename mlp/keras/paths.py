"""Module paths of older Keras, what they lead to today, and what there is not, with the cure."""

from __future__ import annotations

__all__ = ["ABSENT", "OLD_PATHS"]

#: Where names were before, and where they are, both below `mlp.keras`.
OLD_PATHS = {
    "engine": "layers",
    "engine.base_layer": "layers",
    "engine.input_layer": "layers",
    "engine.sequential": "models",
    "engine.topology": "layers",
    "engine.training": "models",
    "layers.advanced_activations": "layers",
    "layers.core": "layers",
    "layers.embeddings": "layers",
    "layers.experimental": "layers",
    "layers.experimental.preprocessing": "layers",
    "layers.merge": "layers",
    "layers.noise": "layers",
    "layers.normalization": "layers",
    "layers.preprocessing": "layers",
    "objectives": "losses",
    "optimizers.experimental": "optimizers",
    "optimizers.legacy": "optimizers",
    "python": "",
    "python.keras": "",
    "saving": "models",
    "utils.generic_utils": "utils",
    "utils.np_utils": "utils",
    "utils.vis_utils": "utils",
}

_SKLEARN = "scikit-learn's classes around networks are not here; mlp.Network has fit, predict and evaluate of its own"
_CUSTOM = "nothing is found by name alone: give load_model custom_objects={'Name': Name}"
_TEXT = "a data set of texts; mlp has no layers for them"
_PICTURES = "a data set of colour pictures; mlp has no layers for them"

#: What Keras has, and why it is not here or what does instead.
ABSENT = {
    "applications": "these are networks of convolutions; mlp has multi-layer perceptrons",
    "backend.set_value": "numbers are plain here: write model.optimizer.learning_rate = value",
    "callbacks.TensorBoard": "callbacks.CSVLogger writes the results of every epoch to a file",
    "datasets.boston_housing": "Keras itself warns of its use; mlp.datasets has others",
    "datasets.california_housing": "load it from scikit-learn: sklearn.datasets.fetch_california_housing(return_X_y=True)",
    "datasets.cifar10": _PICTURES,
    "datasets.cifar100": _PICTURES,
    "datasets.imdb": _TEXT,
    "datasets.reuters": _TEXT,
    "layers.Lambda": "write a layer with forward and backward; there is no automatic differentiation",
    "models.model_from_json": "write Model.from_config(json.loads(text))",
    "models.register_keras_serializable": _CUSTOM,
    "preprocessing": "preparing pictures, texts and sequences is not part of mlp; NumPy and scikit-learn do it",
    "scikit_learn": _SKLEARN,
    "utils.model_to_dot": "print model.summary() instead",
    "utils.register_keras_serializable": _CUSTOM,
    "utils.plot_model": "print model.summary() instead",
    "wrappers": _SKLEARN,
    "wrappers.scikit_learn": _SKLEARN,
}
