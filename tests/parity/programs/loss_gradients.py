"""Gradients of the losses with respect to the outputs."""

from parity.programs import called
from parity.programs.losses import CASES, DATA, DEEP, WEIGHT


def _gradients(name, arguments, t, y, weights):
    def program(k):
        found = {}
        for reduction in ("sum_over_batch_size", "sum", "mean_with_sample_weight"):
            for weight in weights:
                loss = getattr(k.losses, name)(reduction=reduction, **arguments)
                key = f"{reduction}{' weighted' * (weight is not None)}"
                found[key] = k.loss_gradient(loss, t, y, weight)[1]
        return found

    return program


PROGRAMS = {
    **{
        f"{called(name, arguments)}, {kind}": _gradients(name, arguments, *DATA[kind], (None, WEIGHT))
        for name, kind, variants in CASES
        for arguments in variants
    },
    **{
        f"{called(name, arguments)}, three axes": _gradients(name, arguments, t, y, (None,))
        for name, (t, y, arguments) in DEEP.items()
    },
}
