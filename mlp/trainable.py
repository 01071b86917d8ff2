"""What can be trained: parameters and their gradient as two flat vectors, and all that is done with them.

`Trainable` owns the vectors and is the public face of compiling, training, predicting, copying and
saving; the work is done in ``mlp.training``, `mlp.evaluation`, `mlp.minimization` and `mlp.files`, which
see a network through its vectors, ``forward`` and ``backward``.  How the layers inside are connected is
the business of the subclass, `mlp.network.Network`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import DTypeLike

from mlp import cautions, checks, evaluation, training
from mlp.arrays import Array
from mlp.compiled import Compiled, compile_settings
from mlp.errors import ShapeError, StateError
from mlp.layers import Composite, Layer
from mlp.old_spellings import refuses_old_spellings, removed
from mlp.rows import as_array, require_finite

if TYPE_CHECKING:
    from pathlib import Path

    from scipy.optimize import OptimizeResult

    from mlp.callbacks import Callback, History
    from mlp.explain.calculation import Calculation
    from mlp.explain.event import Event
    from mlp.health import Health
    from mlp.split import Split

__all__ = ["DTYPES", "Trainable"]

#: The types of a network.  `Trainable.astype` also makes complex copies, for derivatives by complex step, and exact ones.
DTYPES = ("float64", "float32")


class Trainable(Composite):
    """A composite that owns its parameter vector; see `mlp.Network`."""

    #: The record of the last training.
    history: History | None
    #: Set by a callback to end training.
    stop_training: bool
    #: Anything that JSON can hold; it is kept in files.
    metadata: dict[str, Any]
    _parameters: Array
    _gradient: Array
    _compiled: Compiled | None

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:  # noqa: D102
        trainable = super().__new__(cls, *args, **kwargs)
        vars(trainable).update(
            _parameters=np.zeros(0),
            _gradient=np.zeros(0),
            _compiled=None,
            history=None,
            stop_training=False,
            metadata={},
        )
        return trainable

    if not TYPE_CHECKING:  # so that a slip is still found where types are checked

        def __getattr__(self, name: str) -> Any:
            raise removed(self, name)

    @property
    def output_names(self) -> list[str]:
        """A name for each output."""
        return ["output"]

    def last_layers(self) -> list[Layer | None]:
        """The layer that makes each output, where it makes it for nobody else; None where that is not known."""
        return [None] * self.n_outputs

    def connections(self) -> Mapping[str, Sequence[str]]:
        """The names of the layers from which each one takes what it is called on; empty for a chain."""
        return {}

    def each_output(self, x: Any) -> Iterator[tuple[Layer, Any]]:
        """Layers inside and what they give in inference, where that is known."""
        return iter(())

    # The flat vectors.

    @property
    def parameters(self) -> Array:
        """All trainable parameters as one live vector; assignment writes through to the layers.

        Raises
        ------
        ShapeError, DataError
            At assignment, if what comes is not a vector of exactly this size.

        Examples
        --------
        >>> from mlp import Network
        >>> from mlp.layers import Dense
        >>> net = Network([Dense(1, input_dim=2)])
        >>> net.parameters = [1.0, 1.0, -0.5]
        >>> net.get_weights()
        [array([[1.],
               [1.]]), array([-0.5])]
        """
        return self._parameters

    @parameters.setter
    def parameters(self, value: Any) -> None:
        vector = as_array("parameters", value, self.dtype)
        if vector.shape != self._parameters.shape:
            raise ShapeError(
                f"{self._label}parameters must have shape {self._parameters.shape}, got {vector.shape}"
            )
        require_finite("parameters", vector)
        self._parameters[...] = vector

    @property
    def gradient(self) -> Array:
        """The gradient with respect to `parameters` as one live vector, as the last backward pass left it."""
        return self._gradient

    def attach(self, parameters: Array, gradient: Array) -> None:
        """Move all weights into these vectors, keeping their values."""
        super().attach(parameters, gradient)
        self._parameters, self._gradient = parameters, gradient

    def value_and_gradient(
        self, x: Any, y: Any, sample_weight: Any = None, training: bool = False
    ) -> tuple[float, Array]:
        """The compiled loss with its penalties, and its gradient with respect to `parameters`.

        Parameters
        ----------
        x, y : array_like
            Rows and targets.
        sample_weight : array_like, shape (n,), optional
            Weights of the rows.
        training : bool, default False
            Behave as in training; moving averages and the generator are put back afterwards.

        Returns
        -------
        value : float
            The loss.
        gradient : ndarray, shape (size,)
            A copy of what `gradient` then is; frozen parameters are differentiated too.

        Raises
        ------
        StateError, ShapeError, DataError
            If there is no loss, or the data do not fit.

        Examples
        --------
        >>> from mlp import Network
        >>> from mlp.layers import Dense
        >>> net = Network([Dense(1, kernel_initializer="ones", input_dim=1)])
        >>> net.compile(loss="mse")
        >>> net.value_and_gradient([[2.0]], [[5.0]])
        (9.0, array([-12.,  -6.]))
        """
        return evaluation.value_and_gradient(self, x, y, sample_weight, training)

    # Looking inside.

    def activations(self, x: Any, before: bool = False) -> dict[str, Any]:
        """What every layer gives for ``x`` in inference, by the layer's name.

        Parameters
        ----------
        x : array_like, shape (n,) + input_shape
            The rows.
        before : bool, default False
            What goes into the activation functions instead, ``z`` of ``y = f(z)``, for the layers that have one.

        Returns
        -------
        dict of str to ndarray
            New arrays, in the order of the layers; of a layer that is called again, the last call.

        Raises
        ------
        ShapeError, DataError
            If the rows do not fit or are not finite.

        Examples
        --------
        >>> from mlp import Network
        >>> from mlp.layers import Dense
        >>> hidden = Dense(2, "relu", kernel_initializer="ones", input_dim=2)
        >>> net = Network([hidden, Dense(1, kernel_initializer="ones")])
        >>> net.activations([[1.0, -3.0]])
        {'dense': array([[0., 0.]]), 'dense_1': array([[0.]])}
        >>> net.activations([[1.0, -3.0]], before=True)["dense"]
        array([[-2., -2.]])
        """
        from mlp import inspection

        return inspection.activations(self, x, before)

    def jacobian(self, x: Any, wrt: str = "x") -> Array:
        """The derivative of every output with respect to every input, or parameter, row by row, in inference.

        Parameters
        ----------
        x : array_like, shape (n,) + input_shape
            The rows.
        wrt : {"x", "parameters"}, default "x"
            With respect to what.

        Returns
        -------
        ndarray, shape (n,) + output_shape + input_shape or (n,) + output_shape + (n_parameters,)
            ``J[i, j, k] = dy[i, j] / dx[i, k]``.

        Raises
        ------
        ShapeError, DataError
            If the rows do not fit or are not finite.
        ArgumentError
            If ``wrt`` is none of these, or the network has several inputs or outputs.

        Examples
        --------
        >>> from mlp import Network
        >>> from mlp.layers import Dense
        >>> net = Network([Dense(1, input_dim=2)])
        >>> net.set_weights([[[3.0], [4.0]], [0.0]])
        >>> net.jacobian([[1.0, 2.0]]), net.jacobian([[1.0, 2.0]], wrt="parameters")
        (array([[[3., 4.]]]), array([[[1., 2., 1.]]]))
        """
        from mlp import inspection

        return inspection.jacobian(self, x, wrt)

    def input_gradient(self, x: Any, y: Any, sample_weight: Any = None) -> Any:
        """The gradient of the compiled loss with respect to the input, in inference: what each number of it does.

        Parameters
        ----------
        x, y : array_like
            Rows and targets.
        sample_weight : array_like, shape (n,), optional
            Weights of the rows.

        Returns
        -------
        ndarray, shape (n,) + input_shape, or a list of them
            ``dL/dx``; `gradient` is left alone.

        Raises
        ------
        StateError, ShapeError, DataError
            If there is no loss, or the data do not fit.

        Examples
        --------
        >>> from mlp import Network
        >>> from mlp.layers import Dense
        >>> net = Network([Dense(1, kernel_initializer="ones", input_dim=2)])
        >>> net.compile(loss="mse")
        >>> net.input_gradient([[1.0, 2.0]], [[5.0]])
        array([[-4., -4.]])
        """
        from mlp import inspection

        return inspection.input_gradient(self, x, y, sample_weight)

    def health(self, x: Any, y: Any, sample_weight: Any = None) -> Health:
        """How training goes in every layer: gradients, size of a step, dead units, saturation.

        Parameters
        ----------
        x, y : array_like
            Rows and targets, a few hundred say.
        sample_weight : array_like, shape (n,), optional
            Weights of the rows.

        Returns
        -------
        Health
            A row for every layer; printed, a table.  The network is left as it was.

        Raises
        ------
        StateError, ShapeError, DataError
            If the network is not compiled, or the data do not fit.

        Examples
        --------
        >>> from mlp import Network
        >>> from mlp.layers import Dense
        >>> net = Network([Dense(2, "relu", input_dim=1), Dense(1)], rng=0)
        >>> net.layers[0].set_weights([[[1.0, 1.0]], [0.0, -9.0]])
        >>> net.compile("sgd", "mse")
        >>> net.health([[1.0], [2.0]], [0.0, 1.0]).layers["dense"].dead
        0.5
        """
        from mlp import health

        return health.examined(self, x, y, sample_weight)

    def explain(
        self, x: Any, y: Any = None, optimizer: Any = None, digits: int = 4, language: str = "en"
    ) -> Calculation:
        """The calculation as a textbook does it by hand: every number, forward, back, and the update.

        Parameters
        ----------
        x : array_like, shape input_shape or (n,) + input_shape
            One row, or a few.
        y : array_like, optional
            Their targets; without them there is only the forward pass.
        optimizer : str or Optimizer, optional
            What makes the step, beginning as it is; the compiled one, from its present state, unless given.
        digits : int from 1 to 16, default 4
            How many digits are written behind the decimal point.
        language : {"en", "ja"}, default "en"
            English or Japanese.

        Returns
        -------
        Calculation
            Printed, text; in a notebook, formulas; see its ``text``, ``latex`` and ``html``.  Its ``steps`` are the numbers.

        Raises
        ------
        StateError
            If there are targets and no compiled loss.
        ShapeError, DataError, ArgumentError, ArgumentTypeError
            If the data do not fit, there are more than 100 rows, or the network has a ``forward`` of its own.

        Notes
        -----
        All is calculated as in prediction: nothing is dropped, and moving averages stand.  The network is left as it was.

        Examples
        --------
        >>> from mlp import Network
        >>> from mlp.layers import Dense
        >>> net = Network([Dense(1, input_dim=2)])
        >>> net.set_weights([[[3.0], [4.0]], [0.5]])
        >>> calculation = net.explain([1.0, 2.0])
        >>> calculation
        <Calculation: 1 forward; print() shows it>
        >>> calculation.steps[0]["xW"], calculation.steps[0]["z"]
        (array([[11.]]), array([[11.5]]))
        """
        from mlp.explain.calculation import explained

        return explained(self, x, y, optimizer, digits, language)

    def steps(self, x: Any, y: Any = None, optimizer: Any = None) -> Iterator[Event]:
        """The numbers of `explain` as a walk: an event for each layer, forward, of the loss, back, and of the update.

        The names of the quantities:

        ========  ==========================================================================================
        forward   ``x``, ``a``, every weight; of `Dense` layers ``W``, ``b``, ``xW`` and ``z``
        loss      ``a``, ``t``, ``loss``, ``rows`` (of each row), ``penalty``, ``weight``, ``L`` (all losses and
                  penalties), ``da``; ``dz`` where a cross-entropy and the activation before it are differentiated
                  together; of cross-entropies ``target`` and ``factor``; ``output`` (its number, from 0)
        backward  ``da``, ``dx``, ``dW`` and so on for every weight; where there is an activation ``slope``, which is
                  ``f'(z)``, and ``dz``; ``dW_own`` and ``dW_penalty`` where ``dW`` is made of parts
        update    ``W``, ``dW``, ``W_after``, ``W_rate`` and so on; ``W_momentum`` and ``W_momentum_after`` and so on for
                  what the optimizer remembers
        ========  ==========================================================================================

        Of a layer that takes several arrays, or makes several, they are ``x_1``, ``x_2``, ``dx_1`` and so on.

        Parameters
        ----------
        x, y, optimizer
            See `explain`.

        Returns
        -------
        iterator of Event
            In the order of computing; it goes on only as far as it is asked.

        Raises
        ------
        StateError, ShapeError, DataError, ArgumentError, ArgumentTypeError
            As for `explain`, at once.

        Examples
        --------
        >>> from mlp import Network
        >>> from mlp.layers import Dense
        >>> net = Network([Dense(1, kernel_initializer="ones", input_dim=1)])
        >>> net.compile("sgd", "mse")
        >>> for event in net.steps([2.0], [5.0]):
        ...     print(event)
        <Event forward, layer 1 'dense': x, W, b, xW, z, a>
        <Event loss, layer 1 'dense': output, a, t, loss, weight, L, rows, da>
        <Event backward, layer 1 'dense': da, slope, dz, dW, db, dx>
        <Event update, layer 1 'dense': W, dW, W_after, W_rate, b, db, b_after, b_rate>
        """
        from mlp.explain.walk import Walk

        return Walk.prepared(self, x, y, optimizer).events()

    # Training and use.

    @refuses_old_spellings
    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
    ) -> None:
        """Fix how to train.

        Parameters
        ----------
        optimizer : str or Optimizer, default "rmsprop"
            How the gradient moves the parameters.
        loss : str, function or Loss
            What is made small.  Of a network with several outputs: a list with one for each, or a dict by their names.
        loss_weights : list or dict of float, optional
            What each output's loss is multiplied by before they are added up; of one output, a number will do.
        metrics, weighted_metrics : list of str, function or Metric, optional
            What else is reported; the second kind uses sample weights, and is called ``weighted_...`` where the same
            metric is among the first.  Of several outputs: a list of lists, or a dict.

        Raises
        ------
        UnknownNameError, ArgumentTypeError, ArgumentError
            If a name is unknown (the nearest known is suggested); nothing is changed then.
        StateError
            If the optimizer object already trains another network.

        Examples
        --------
        >>> from mlp import Network
        >>> from mlp.layers import Dense
        >>> net = Network([Dense(1, input_dim=2)])
        >>> net.compile(optimizer="adam", loss="mean_absolute_error", metrics=["mae"])
        >>> net.optimizer
        Adam(name='adam')
        """
        self._require_floats("compile")
        compiled = compile_settings(
            optimizer, loss, loss_weights, metrics, weighted_metrics, self.output_names or ["output"]
        )
        cautions.of_compiling(self, compiled.loss)  # first, for a warning may be an error
        compiled.optimizer.serve(self)
        self._compiled = compiled

    @property
    def compiled(self) -> Compiled:
        """Optimizer, loss and metrics.

        Raises
        ------
        StateError
            Before `compile`.
        """
        if self._compiled is None:
            self._require_floats("training")
            raise StateError('the network is not compiled: net.compile(optimizer="adam", loss="mse")')
        return self._compiled

    def _require_floats(self, what: str) -> None:
        if self.dtype.kind == "O":
            raise StateError(
                f"{self._label}{what} is for networks of floats, and this one computes with fractions: use "
                'net.astype("float64")'
            )

    @property
    def optimizer(self) -> Any:
        """The compiled optimizer, or None."""
        return None if self._compiled is None else self._compiled.optimizer

    @property
    def loss(self) -> Any:
        """The compiled loss, or None."""
        return None if self._compiled is None else self._compiled.loss

    @property
    def metrics_names(self) -> list[str]:
        """The names of what `evaluate` returns."""
        return ["loss", *self.compiled.loss_names(), *self.compiled.metric_names()]

    def rows_in(self, x: Any, lazily: bool = False) -> Any:
        """Input rows, converted and checked; those in a file may stay there, if ``lazily``."""
        return super().rows_in(x)

    @refuses_old_spellings
    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int | str = "auto",
        callbacks: Sequence[Callback] | Callback | None = None,
        validation_split: float | Split = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Mapping[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | Collection[int] = 1,
    ) -> History:
        """Train.

        Parameters
        ----------
        x, y : array_like
            Rows and targets, of equal length: lists, arrays, data frames.  A sparse matrix stays sparse up to the first
            `Dense` layer; a ``numpy.memmap`` stays in its file, and each batch is converted by itself.  Or ``x`` alone
            gives batches ``(x, y)`` or ``(x, y, sample_weight)``: a generator, another iterable, or an object with
            ``x[i]`` and a length (such as Keras's ``PyDataset``), whose batches come in a new order if ``shuffle``.
        batch_size : int, optional
            Rows in a step; the last batch of an epoch may be shorter.  32 unless given, or so many that
            ``steps_per_epoch`` batches are all rows.
        epochs : int, default 1
            The number of the last epoch; training begins with ``initial_epoch``.
        verbose : {"auto", 0, 1, 2}
            0 is silent, 1 and "auto" show a bar on a terminal, 2 a line per epoch; always on stderr.
        callbacks : list of Callback, optional
            What is told about the progress.
        validation_split : float in [0, 1) or Split, default 0
            The last fraction of the rows, taken before shuffling, is held out; `mlp.Split` can choose them otherwise.
        validation_data : (x, y) or (x, y, sample_weight), optional
            Rows to validate on, or what gives batches of them; goes before ``validation_split``.
        shuffle : bool, default True
            Draw a new order of the rows for each epoch.
        class_weight : dict of int to float, optional
            Weights of classes; those not named weigh 1.
        sample_weight : array_like, shape (n,), optional
            Weights of rows.
        initial_epoch : int, default 0
            Where to begin counting, to go on with a training.
        steps_per_epoch : int, optional
            Batches in an epoch; the next one goes on behind them.  All of them once unless given.
        validation_steps : int, optional
            Batches to validate on, from the first; all of them unless given.
        validation_batch_size : int, optional
            Rows in a batch of validation; all at once unless given.
        validation_freq : int or list of int, default 1
            Validate after every so many epochs, or after those listed, counted from 1.

        Returns
        -------
        History
            ``history.history["loss"]`` and so on, a number per epoch; also kept as ``net.history``.

        Raises
        ------
        StateError, ShapeError, DataError, ArgumentError
            If something does not fit; nothing is changed then.
        NonFiniteError
            If a loss or gradient is not finite; the weights are those before that step.
        KeyboardInterrupt
            After Ctrl-C, at the end of the running batch; weights and ``net.history`` are valid.

        Warns
        -----
        OutOfDataWarning
            If fewer batches come than were asked for; training ends where an iterator does.
        OneClassValidationWarning
            If all rows held out by a fraction are of one class, and those to train on are not.

        Examples
        --------
        >>> from mlp import Network
        >>> from mlp.layers import Dense
        >>> net = Network([Dense(1, input_dim=1)], rng=0)
        >>> net.compile("sgd", "mse")
        >>> history = net.fit([[0.0], [1.0]], [1.0, 3.0], epochs=2, verbose=0)
        >>> history.epoch, history.history["loss"][1] < history.history["loss"][0]
        ([0, 1], True)
        """
        return training.fit(
            self, x, y, batch_size, epochs, verbose, callbacks, validation_split, validation_data, shuffle,
            class_weight, sample_weight, initial_epoch, steps_per_epoch, validation_steps, validation_batch_size,
            validation_freq,
        )  # fmt: skip

    @refuses_old_spellings
    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Sequence[Callback] | Callback | None = None,
        return_dict: bool = False,
    ) -> Any:
        """The loss and the metrics in inference.

        Parameters
        ----------
        x, y : array_like
            Rows and targets, in any form that `fit` takes.
        batch_size : int, optional
            Rows at a time; all at once unless given, or so many that ``steps`` batches are all rows.
        verbose : {"auto", 0, 1, 2}
            Anything but 0 and "auto" prints the result on stderr.
        sample_weight : array_like, shape (n,), optional
            Weights of the rows.
        steps : int, optional
            Batches to look at, from the first; all of them unless given.
        callbacks : list of Callback, optional
            What is told about the progress.
        return_dict : bool, default False
            Return names with the numbers.

        Returns
        -------
        float, list of float or dict of str to float
            The loss alone if there are no metrics, else the loss and the metrics in compiled order; for several outputs
            the total, their losses, and the metrics in the order of their names.

        Raises
        ------
        StateError, ShapeError, DataError
            If the network is not compiled or the data do not fit.

        Examples
        --------
        >>> from mlp import Network
        >>> from mlp.layers import Dense
        >>> net = Network([Dense(1, kernel_initializer="ones", input_dim=2)])
        >>> net.compile(loss="mse", metrics=["mae"])
        >>> net.evaluate([[1.0, 2.0]], [[5.0]])
        [4.0, 2.0]
        """
        return evaluation.evaluate(
            self, x, y, batch_size, verbose, sample_weight, steps, return_dict, callbacks
        )

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        steps: int | None = None,
        callbacks: Sequence[Callback] | Callback | None = None,
    ) -> Any:
        """The outputs for ``x`` in inference, leaving no trace; may run in many threads at once.

        Parameters
        ----------
        x : array_like, shape (n,) + input_shape
            The rows, in any form that `fit` takes; zero rows give zero rows.  Of batches that are tuples, the first entry.
        batch_size : int, optional
            Rows at a time; all at once unless given, or so many that ``steps`` batches are all rows.
        verbose : {"auto", 0, 1, 2}
            Taken for Keras's sake; prediction prints nothing.
        steps : int, optional
            Batches to look at, from the first; all of them unless given.
        callbacks : list of Callback, optional
            What is told about the progress.

        Returns
        -------
        ndarray, shape (n,) + output_shape, or a list of them
            A new array; a list where the network has several outputs.

        Raises
        ------
        ShapeError, DataError
            If the rows do not fit or are not finite.

        Examples
        --------
        >>> from mlp import Network
        >>> from mlp.layers import Dense
        >>> Network([Dense(1, kernel_initializer="ones", input_dim=2)]).predict([[1.0, 2.0]])
        array([[3.]])
        """
        checks.one_of("verbose", verbose, ("auto", 0, 1, 2))
        return evaluation.predict(self, x, batch_size, steps, callbacks)

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Mapping[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """One step of training on these rows.

        Parameters
        ----------
        x, y : array_like
            Rows and targets.
        sample_weight : array_like, shape (n,), optional
            Weights of the rows.
        class_weight : dict of int to float, optional
            A weight for each class, as for `fit`.
        return_dict : bool, default False
            Give the results by name.

        Returns
        -------
        float, list of float or dict
            As for `evaluate`, measured before the step.

        Raises
        ------
        StateError, ShapeError, DataError, NonFiniteError
            As for `fit`.

        Examples
        --------
        >>> from mlp import Network
        >>> from mlp.layers import Dense
        >>> net = Network([Dense(1, kernel_initializer="zeros", input_dim=1)])
        >>> net.compile("sgd", "mse")
        >>> [round(net.train_on_batch([[1.0]], [1.0]), 4) for _ in range(3)]
        [1.0, 0.9216, 0.8493]
        """
        return training.train_on_batch(self, x, y, sample_weight, class_weight, return_dict)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """The same as `evaluate` on these rows.

        Parameters
        ----------
        x, y : array_like
            Rows and targets.
        sample_weight : array_like, shape (n,), optional
            Weights of the rows.
        return_dict : bool, default False
            Give the results by name.

        Returns
        -------
        float, list of float or dict
            As for `evaluate`.

        Examples
        --------
        >>> from mlp import Network
        >>> from mlp.layers import Dense
        >>> net = Network([Dense(1, kernel_initializer="ones", input_dim=1)])
        >>> net.compile("sgd", "mse", metrics=["mae"])
        >>> net.test_on_batch([[1.0]], [3.0], return_dict=True)
        {'loss': 4.0, 'mae': 2.0}
        """
        return self.evaluate(x, y, sample_weight=sample_weight, return_dict=return_dict)

    def predict_on_batch(self, x: Any) -> Any:
        """The same as `predict` on these rows.

        Parameters
        ----------
        x : array_like, shape (n, ...)
            Rows.

        Returns
        -------
        ndarray
            The outputs.

        Examples
        --------
        >>> from mlp import Network
        >>> from mlp.layers import Dense
        >>> net = Network([Dense(1, kernel_initializer="ones", input_dim=2)])
        >>> net.predict_on_batch([[1.0, 2.0]])
        array([[3.]])
        """
        return self.predict(x)

    def minimize(self, x: Any, y: Any, method: str = "L-BFGS-B", **options: Any) -> OptimizeResult:
        """Train on all rows at once with a method of ``scipy.optimize.minimize``.

        Parameters
        ----------
        x, y : array_like
            Rows and targets.
        method : str, default "L-BFGS-B"
            The method's name.
        **options
            ``sample_weight``, ``callbacks``, ``tol``, ``bounds``, ``constraints``, ``hess``, ``hessp``, and
            any option of the method, such as ``maxiter``.

        Returns
        -------
        OptimizeResult
            SciPy's, with ``history`` and ``epoch`` as in `History`, one entry per iteration.

        Raises
        ------
        StateError, ShapeError, DataError, ArgumentError
            If something does not fit; the network is then as before.
        NonFiniteError
            If the method ends where the loss is not finite; likewise.

        Examples
        --------
        >>> from mlp import Network
        >>> from mlp.layers import Dense
        >>> net = Network([Dense(1, input_dim=1)], rng=0)
        >>> net.compile(loss="mse")
        >>> result = net.minimize([[0.0], [1.0]], [1.0, 3.0])
        >>> net.parameters.round(4)
        array([2., 1.])
        """
        from mlp.minimization import minimize

        return minimize(self, x, y, method, **options)

    # Copies and files.

    def copy(self) -> Self:
        """An independent network with the same weights, compile settings, optimizer state and generator state.

        Returns
        -------
        Network
            The copy.

        Examples
        --------
        >>> from mlp import Network
        >>> from mlp.layers import Dense
        >>> net = Network([Dense(1, input_dim=2)])
        >>> twin = net.copy()
        >>> twin.parameters = twin.parameters + 1
        >>> bool((twin.parameters == net.parameters + 1).all())
        True
        """
        return super().copy()

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._parameters, self._gradient = self.flat_vectors()
        if self._compiled is not None:
            self._compiled.optimizer.serve(self)

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_parameters": None, "_gradient": None}

    def astype(self, dtype: DTypeLike) -> Self:
        """A copy that computes in another type; the optimizer's state goes along.

        Parameters
        ----------
        dtype : {"float64", "float32", "complex128", object}
            The type of all numbers.  With ``object`` they are ``fractions.Fraction``, the weights of exactly the same values
            as before, and the outputs for fractions, integers or floats are exact.  That is for prediction, ``forward`` and
            ``backward``: such a copy is not compiled, and has no file formats.  The way back takes the nearest floats.

        Returns
        -------
        Network
            The copy.

        Raises
        ------
        ArgumentError
            If there is no such type, or for ``object`` a layer that computes more than sums, products and comparisons.
        DataError
            If a weight is not finite, or too large for the type.

        Examples
        --------
        >>> from mlp import Network
        >>> from mlp.layers import Dense
        >>> Network([Dense(3, input_dim=2)]).astype("float32").parameters.dtype
        dtype('float32')

        The sum 0.1 + 0.2 with its rounding, and without:

        >>> from fractions import Fraction
        >>> net = Network([Dense(1, kernel_initializer="ones", use_bias=False, input_dim=2)])
        >>> net([[0.1, 0.2]]).item()
        0.30000000000000004
        >>> net.astype(object)([[Fraction(1, 10), Fraction(2, 10)]]).item()
        Fraction(3, 10)
        """
        target = checks.dtype(dtype, (*DTYPES, "complex128", "object"))
        network = self.copy()
        if "O" in (target.kind, self.dtype.kind):
            from mlp import rationals

            rationals.convert(network, target)
        network.dtype = target
        network._parameters, network._gradient = network.flat_vectors()
        if network._compiled is not None:
            state = network.optimizer.get_state()
            state["slots"] = {name: slot.astype(network.dtype) for name, slot in state["slots"].items()}
            network.optimizer.set_state(state)
        return network

    @refuses_old_spellings
    def save(self, filepath: str | Path, overwrite: bool = True, pure_python: bool = False) -> None:
        """Write the network to a file, of the format that its suffix tells.

        ================  =================================================================================
        ``.npz``          everything: weights, compile settings, optimizer state, generators, metadata
        ``.safetensors``  the same, in tensors that other programs can read
        ``.keras``        the same, as Keras 3 writes it
        ``.onnx``         what a prediction computes
        ``.py``, ``.c``   what a prediction computes, as source code
        ================  =================================================================================

        The file appears whole or not at all.

        Parameters
        ----------
        filepath : str or Path
            The file.
        overwrite : bool, default True
            Whether to replace one that is there.
        pure_python : bool, default False
            Of a ``.py`` file: do without NumPy.

        Raises
        ------
        ArgumentError
            If the suffix is unknown, the file exists and ``overwrite`` is False, or the format cannot hold this network.
        StateError
            If layers have come or gone since the optimizer made steps.
        MissingExtraError
            If the format needs a package that is not installed.
        OSError
            If the file cannot be written.

        Examples
        --------
        >>> import tempfile
        >>> import mlp
        >>> from mlp.layers import Dense
        >>> net = mlp.Network([Dense(1, input_dim=2)])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     net.save(f"{folder}/model.npz")
        ...     twin = mlp.load(f"{folder}/model.npz")
        >>> bool((twin([[1.0, 2.0]]) == net([[1.0, 2.0]])).all())
        True
        """
        from mlp import files

        self._require_floats("saving")
        files.save(self, filepath, overwrite, pure_python)

    def to_keras(self) -> Any:
        """The network as a Keras model: architecture, weights, compile settings and optimizer state.

        Needs Keras 3 with a backend; a ``.keras`` file needs neither.

        Returns
        -------
        keras.Model
            A ``Sequential`` or ``Functional`` model that shares nothing with this network.

        Raises
        ------
        ArgumentError
            If there is something in it that Keras has not.
        MissingExtraError
            If Keras or a backend is not installed.
        """
        from mlp.exchange.to_keras import to_keras

        self._require_floats("to_keras")
        return to_keras(self)

    def to_torch(self) -> Any:
        """A PyTorch module of the same layers and weights; see ``mlp.exchange.to_torch``."""
        from mlp.exchange.to_torch import to_torch

        self._require_floats("to_torch")
        return to_torch(self)

    def to_sklearn(self, n_samples: int | None = None) -> Any:
        """A fitted ``MLPClassifier`` or ``MLPRegressor`` of scikit-learn.

        Parameters
        ----------
        n_samples : int, optional
            From how many rows it learned, which scikit-learn wants to know of what was fitted.

        Returns
        -------
        MLPClassifier or MLPRegressor
            Its predictions are those of the network.
        """
        from mlp.exchange.to_sklearn import to_sklearn

        self._require_floats("to_sklearn")
        return to_sklearn(self, n_samples)

    @refuses_old_spellings
    def save_weights(self, filepath: str | Path, overwrite: bool = True) -> None:
        """Write the weights alone to a file: ``.npz``, ``.safetensors``, or ``.weights.h5`` for Keras.

        Parameters
        ----------
        filepath : str or Path
            The file; its suffix tells the format.
        overwrite : bool, default True
            Replace a file that is there.

        Raises
        ------
        ArgumentError, MissingExtraError, OSError
            As for `save`.

        Examples
        --------
        >>> import tempfile
        >>> from mlp import Network
        >>> from mlp.layers import Dense
        >>> net, other = (Network([Dense(1, input_dim=2)]) for _ in range(2))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     net.save_weights(f"{folder}/weights.npz")
        ...     other.load_weights(f"{folder}/weights.npz")
        >>> bool((other.parameters == net.parameters).all())
        True
        """
        from mlp import files

        self._require_floats("saving")
        files.save_weights(self, filepath, overwrite)

    @refuses_old_spellings
    def load_weights(self, filepath: str | Path, max_bytes: int | None = None) -> None:
        """Read the weights from a file of `save_weights` or `save`, of Keras, or of PyTorch's state dictionaries.

        Its content tells the format, not its suffix.  Whatever goes wrong, nothing is changed.

        Parameters
        ----------
        filepath : str or Path
            The file.
        max_bytes : int, optional
            The largest file to read, as for `mlp.load`.

        Raises
        ------
        ModelFileError
            If the file is damaged, or its weights do not fit.
        UnsafeModelError
            If it wants to run code, to open other files, or more memory than allowed.
        MissingExtraError
            If the format needs a package that is not installed.
        OSError
            If it cannot be read.

        Examples
        --------
        >>> import tempfile
        >>> from mlp import Network
        >>> from mlp.layers import Dense
        >>> net = Network([Dense(1, input_dim=2)])
        >>> before = net.get_weights()
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     net.save_weights(f"{folder}/weights.npz")
        ...     net.set_weights([[[0.0], [0.0]], [0.0]])
        ...     net.load_weights(f"{folder}/weights.npz")
        >>> bool((net.get_weights()[0] == before[0]).all())
        True
        """
        from mlp import files

        files.load_weights(self, filepath, max_bytes)
