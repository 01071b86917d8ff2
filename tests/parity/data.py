"""Inputs of the programs: the same numbers everywhere and for ever."""

import numpy as np


def numbers(*shape, seed=0, low=-1.0, high=1.0):
    """Uniform numbers of three decimals; NumPy promises that this old generator's stream never changes."""
    return np.random.RandomState(seed).uniform(low, high, shape).round(3)


def shares(*shape, seed=0):
    """Rows of positive numbers that sum to 1, none of them below 0.02."""
    positive = numbers(*shape, seed=seed, low=0.1, high=1.0)
    return positive / positive.sum(axis=-1, keepdims=True)


def classes(n, k, seed=0):
    """Class numbers 0 ... k - 1, each of them at least once where n >= k."""
    drawn = np.random.RandomState(seed).randint(0, k, n)
    drawn[: min(n, k)] = np.arange(k)[:n]
    return drawn


def one_hot(indices, k):
    """Rows with a 1 at the class."""
    return np.eye(k)[indices]
