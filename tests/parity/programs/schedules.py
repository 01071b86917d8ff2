"""Learning rates of the schedules at many steps."""

from parity.programs import called

STEPS = [*range(31), 40, 49, 50, 51, 59, 60, 100, 1000, 123456]

CASES = {
    "ExponentialDecay": [
        {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.9},
        {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.5, "staircase": True},
    ],
    "PiecewiseConstantDecay": [
        {"boundaries": [5, 20], "values": [0.1, 0.05, 0.01]},
        {"boundaries": [10], "values": [1.0, 0.5]},
    ],
    "PolynomialDecay": [
        {"initial_learning_rate": 0.1, "decay_steps": 50},
        {"initial_learning_rate": 0.1, "decay_steps": 12, "end_learning_rate": 0.01, "power": 2.0},
        {"initial_learning_rate": 0.1, "decay_steps": 12, "end_learning_rate": 0.01, "power": 0.5, "cycle": True},
    ],
    "InverseTimeDecay": [
        {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.9},
        {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.5, "staircase": True},
    ],
    "CosineDecay": [
        {"initial_learning_rate": 0.1, "decay_steps": 50},
        {"initial_learning_rate": 0.1, "decay_steps": 30, "alpha": 0.2},
        {"initial_learning_rate": 0.0, "decay_steps": 30, "alpha": 0.1, "warmup_target": 0.1, "warmup_steps": 10},
        {"initial_learning_rate": 0.1, "decay_steps": 30, "warmup_steps": 10},
    ],
    "CosineDecayRestarts": [
        {"initial_learning_rate": 0.1, "first_decay_steps": 10},
        {"initial_learning_rate": 0.1, "first_decay_steps": 8, "t_mul": 1.5, "m_mul": 0.8, "alpha": 0.05},
        {"initial_learning_rate": 0.1, "first_decay_steps": 7, "t_mul": 1.0},
    ],
}  # fmt: skip


def _rates(name, arguments):
    def program(k):
        schedule = getattr(k.optimizers.schedules, name)(**arguments)
        return [schedule(step) for step in STEPS]

    return program


PROGRAMS = {
    called(name, arguments): _rates(name, arguments)
    for name, variants in CASES.items()
    for arguments in variants
}
