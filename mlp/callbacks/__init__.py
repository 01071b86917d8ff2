"""Callbacks: what is told about the progress of training, and may end it (``self.model.stop_training = True``)."""

import typing as _typing
from importlib import import_module as _import_module

from mlp.callbacks.base import Callback
from mlp.callbacks.callback_list import CallbackList, as_callbacks
from mlp.callbacks.early_stopping import EarlyStopping
from mlp.callbacks.history import History
from mlp.callbacks.lambda_callback import LambdaCallback
from mlp.callbacks.learning_rate_scheduler import LearningRateScheduler
from mlp.callbacks.nan_guard import NanGuard, NanReport
from mlp.callbacks.progress import ProgbarLogger
from mlp.callbacks.reduce_lr_on_plateau import ReduceLROnPlateau
from mlp.callbacks.swap_ema_weights import SwapEMAWeights
from mlp.callbacks.terminate_on_nan import TerminateOnNaN

if _typing.TYPE_CHECKING:
    from mlp.callbacks.backup_and_restore import BackupAndRestore
    from mlp.callbacks.csv_logger import CSVLogger
    from mlp.callbacks.model_checkpoint import ModelCheckpoint

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "NanGuard",
    "NanReport",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "SwapEMAWeights",
    "TerminateOnNaN",
    "as_callbacks",
]

#: Those that write files bring along what not every program needs: they are imported when first asked for.
_OF_MODULE = {
    "BackupAndRestore": "backup_and_restore",
    "CSVLogger": "csv_logger",
    "ModelCheckpoint": "model_checkpoint",
}


def __getattr__(name: str) -> _typing.Any:
    if name in _OF_MODULE:
        return getattr(_import_module(f"mlp.callbacks.{_OF_MODULE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
