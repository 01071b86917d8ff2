"""Callbacks: what is told about the progress of training, and may end it (``self.model.stop_training = True``)."""

from mlp.callbacks.base import Callback
from mlp.callbacks.callback_list import CallbackList, as_callbacks
from mlp.callbacks.early_stopping import EarlyStopping
from mlp.callbacks.history import History
from mlp.callbacks.lambda_callback import LambdaCallback
from mlp.callbacks.progress import ProgbarLogger
from mlp.callbacks.terminate_on_nan import TerminateOnNaN

__all__ = [
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "ProgbarLogger",
    "TerminateOnNaN",
    "as_callbacks",
]
