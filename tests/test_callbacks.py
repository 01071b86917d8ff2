"""Callbacks: when they are told what, how they end training, and the rule of each that comes with the library."""

import inspect
import math
import pickle
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlp import Network, callbacks, metrics, optimizers
from mlp.callbacks import Callback, EarlyStopping, History, LambdaCallback, TerminateOnNaN
from mlp.errors import ArgumentTypeError, MLPError, NonFiniteError, UnknownNameError
from mlp.layers import Dense

RNG = np.random.default_rng(5)
X = RNG.normal(size=(10, 2))
Y = X[:, :1] - X[:, 1:]


def compiled(optimizer="sgd", **settings):
    net = Network([Dense(3, activation="tanh", input_dim=2), Dense(1)], rng=0)
    net.compile(optimizer, "mse", **settings)
    return net


def same(a, b):
    assert len(a) == len(b)
    for one, other in zip(a, b, strict=True):
        np.testing.assert_array_equal(one, other)


ALL_HOOKS = [name for name in vars(Callback) if name.startswith("on_")]
#: Those of a training without validation that goes well.
HOOKS = [hook for hook in ALL_HOOKS if not hook.startswith(("on_test", "on_predict", "on_non_finite"))]


class Diary(Callback):
    """Writes down hooks and their arguments."""

    def __init__(self, told, name="", hooks=HOOKS):
        self.told, self.name = told, name
        for hook in hooks:
            vars(self)[hook] = self.noting(hook)

    def noting(self, hook):
        def note(*arguments, logs=None):
            *place, logs = (*arguments, logs) if logs is not None else arguments
            self.told.append((self.name + hook, *place, dict(logs)))
            if hook in ("on_train_batch_begin", "on_train_batch_end"):
                getattr(Callback, hook)(self, *arguments)

        return note


# --- Hooks --------------------------------------------------------------------------------------------------


def test_all_hooks_in_order():
    told = []
    net = compiled(metrics=["mae"])
    net.fit(
        X,
        Y,
        epochs=5,
        initial_epoch=3,
        batch_size=6,
        validation_split=0.1,
        verbose=0,
        callbacks=[Diary(told)],
    )
    batches = []
    for batch in (0, 1):
        batches += [
            (hook, batch)
            for hook in ("on_train_batch_begin", "on_batch_begin", "on_train_batch_end", "on_batch_end")
        ]
    epochs = []
    for epoch in (3, 4):
        epochs += [("on_epoch_begin", epoch), *batches, ("on_epoch_end", epoch)]
    assert [event[:-1] for event in told] == [("on_train_begin",), *epochs, ("on_train_end",)]
    for hook, *_, logs in told:
        names = {"on_train_batch_end": ["loss", "mae"], "on_batch_end": ["loss", "mae"]}
        names["on_epoch_end"] = names["on_train_end"] = ["loss", "mae", "val_loss", "val_mae"]
        assert list(logs) == names.get(hook, [])
        assert all(isinstance(value, float) for value in logs.values())


def test_logs_of_a_batch_are_the_means_of_the_epoch_so_far():
    told, values = [], []
    net, twin = compiled(metrics=["mae"]), compiled(metrics=["mae"])
    net.fit(X, Y, batch_size=4, shuffle=False, verbose=0, callbacks=Diary(told))
    rows = [slice(0, 4), slice(4, 8), slice(8, 10)]
    logs = [event[-1] for event in told if event[0] == "on_train_batch_end"]
    for i, part in enumerate(rows):
        values.append(twin.train_on_batch(X[part], Y[part]))
        means = np.average(values, axis=0, weights=[4, 4, 2][: i + 1])
        assert list(logs[i].values()) == pytest.approx(means, rel=1e-12)
    assert next(event[-1] for event in told if event[0] == "on_epoch_end") == logs[-1]


def test_callbacks_are_told_in_the_order_they_are_given():
    told = []
    compiled().fit(X, Y, epochs=2, verbose=0, callbacks=[Diary(told, "first "), Diary(told, "second ")])
    # Hooks around batches have two names, so first tells twice before second does.
    first = [event[0].removeprefix("first ") for event in told if event[0].startswith("first ")]
    second = [event[0].removeprefix("second ") for event in told if event[0].startswith("second ")]
    assert first == second
    for i, event in enumerate(told):
        if event[0] in ("first on_train_begin", "first on_epoch_end", "first on_train_end"):
            assert told[i + 1][0] == event[0].replace("first", "second")


def test_logs_of_a_batch_are_each_callbacks_own():
    """What one callback writes into them does not reach the next."""
    spoil = LambdaCallback(on_batch_end=lambda b, logs: logs.clear())
    told = []
    compiled().fit(X, Y, verbose=0, callbacks=[spoil, Diary(told)])
    assert {len(event[-1]) for event in told if event[0] in ("on_train_batch_end", "on_batch_end")} == {1}


def test_logs_of_an_epoch_are_handed_on_and_end_in_the_history():
    """As in Keras: what one callback writes into them reaches those after it, and the history."""
    add = LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(added=epoch + 0.5))
    before, after = [], []
    net = compiled()
    history = net.fit(X, Y, epochs=2, verbose=0, callbacks=[Diary(before), add, Diary(after)])
    names = lambda told: [list(event[-1]) for event in told if event[0] == "on_epoch_end"]
    assert names(before) == [["loss"]] * 2
    assert names(after) == [["loss", "added"]] * 2
    assert history.history["added"] == [0.5, 1.5]


TEST_HOOKS = ["on_test_begin", "on_test_batch_begin", "on_test_batch_end", "on_test_end"]
PREDICT_HOOKS = [hook.replace("test", "predict") for hook in TEST_HOOKS]


def test_hooks_of_an_evaluation():
    told = []
    net = compiled(metrics=["mae"])
    expected = net.evaluate(X, Y, batch_size=6, return_dict=True)
    callback = Diary(told, hooks=ALL_HOOKS)
    assert net.evaluate(X, Y, batch_size=6, callbacks=[callback], return_dict=True) == expected
    first = net.evaluate(X[:6], Y[:6], return_dict=True)
    assert told == [
        ("on_test_begin", {}), ("on_test_batch_begin", 0, {}), ("on_test_batch_end", 0, first),
        ("on_test_batch_begin", 1, {}), ("on_test_batch_end", 1, expected), ("on_test_end", expected),
    ]  # fmt: skip
    assert callback.model is net
    assert (callback.params["steps"], callback.params["metrics"]) == (2, ["loss", "mae"])


def test_hooks_of_a_prediction():
    told = []
    net = compiled()
    whole = net.predict(X, callbacks=Diary(told, hooks=ALL_HOOKS))
    np.testing.assert_array_equal(whole, net.predict(X))
    assert [event[0] for event in told] == PREDICT_HOOKS
    told.clear()
    parts = net.predict(X, batch_size=6, callbacks=[Diary(told, hooks=ALL_HOOKS)])
    np.testing.assert_array_equal(parts, net.predict(X, batch_size=6))
    assert [event[0] for event in told] == [PREDICT_HOOKS[0], *PREDICT_HOOKS[1:3] * 2, PREDICT_HOOKS[3]]
    np.testing.assert_array_equal(told[4][-1]["outputs"], parts[6:])
    told[4][-1]["outputs"][...] = 0
    assert parts[6:].any()


def test_validation_is_told_as_an_evaluation():
    told = []
    history = compiled(metrics=["mae"]).fit(
        X, Y, epochs=4, batch_size=10, validation_data=(X[:4], Y[:4]), validation_batch_size=2, validation_freq=2,
        verbose=0, callbacks=[Diary(told, hooks=ALL_HOOKS)],
    )  # fmt: skip
    names = [event[0] for event in told]
    assert names.count("on_test_begin") == names.count("on_test_end") == 2
    assert names.count("on_test_batch_end") == 4
    first = names.index("on_test_begin")
    assert names[first - 1] == "on_batch_end"
    assert names[first : first + 7] == [TEST_HOOKS[0], *TEST_HOOKS[1:3] * 2, TEST_HOOKS[3], "on_epoch_end"]
    ends = [event[-1] for event in told if event[0] == "on_test_end"]
    assert [end["mae"] for end in ends] == history.history["val_mae"]


SIGNATURES = [  # the arguments of Keras 3.15 and their defaults, in its order
    (callbacks.BackupAndRestore, "backup_dir save_freq='epoch' double_checkpoint=False delete_checkpoint=True"),
    (callbacks.CSVLogger, "filename separator=',' append=False"),
    (callbacks.CallbackList, "callbacks=None add_history=False add_progbar=False model=None **params"),
    (callbacks.EarlyStopping, ("monitor='val_loss' min_delta=0 patience=0 verbose=0 mode='auto' baseline=None "
                              "restore_best_weights=False start_from_epoch=0")),
    (callbacks.LambdaCallback, ("on_epoch_begin=None on_epoch_end=None on_train_begin=None on_train_end=None "
                               "on_train_batch_begin=None on_train_batch_end=None **hooks")),
    (callbacks.LearningRateScheduler, "schedule verbose=0"),
    (callbacks.ModelCheckpoint, ("filepath monitor='val_loss' verbose=0 save_best_only=False save_weights_only=False mode='auto' "
                                "save_freq='epoch' initial_value_threshold=None")),
    (callbacks.ReduceLROnPlateau, ("monitor='val_loss' factor=0.1 patience=10 verbose=0 mode='auto' min_delta=0.0001 cooldown=0 "
                                  "min_lr=0.0")),
    (callbacks.SwapEMAWeights, "swap_on_epoch=False"),
    (callbacks.TerminateOnNaN, "raise_error=False"),
    (History, ""),
    (callbacks.ProgbarLogger, ""),
]  # fmt: skip


@pytest.mark.parametrize(("cls", "expected"), SIGNATURES, ids=[cls.__name__ for cls, _ in SIGNATURES])
def test_arguments_are_those_of_keras(cls, expected):
    parameters = inspect.signature(cls).parameters.values()
    assert " ".join(str(p.replace(annotation=p.empty)).replace(" = ", "=") for p in parameters) == expected
    assert cls.__name__ in callbacks.__all__
    assert getattr(callbacks, cls.__name__) is cls


def test_public_names_are_complete():
    assert set(callbacks.__all__) <= set(dir(callbacks))
    with pytest.raises(AttributeError, match="has no attribute 'TensorBoard'"):
        callbacks.TensorBoard  # noqa: B018


@pytest.mark.parametrize("name", [name for name in callbacks.__all__ if name != "Callback" and isinstance(
    getattr(callbacks, name), type) and issubclass(getattr(callbacks, name), Callback)])  # fmt: skip
def test_every_class_says_itself_whether_it_only_watches(name):
    """It is not inherited, so that a subclass may do more."""
    assert vars(getattr(callbacks, name)).get("only_watches", False) is (
        name not in ("LambdaCallback", "CallbackList")
    )


@pytest.mark.parametrize("hook", [*TEST_HOOKS[:3], *PREDICT_HOOKS[:3]])
def test_the_end_of_what_failed_is_told(hook):
    def fail(*_):
        raise Failure

    told, net = [], compiled()
    call = partial(net.evaluate, X, Y) if "test" in hook else partial(net.predict, X)
    with pytest.raises(Failure):
        call(callbacks=[Diary(told, hooks=ALL_HOOKS), LambdaCallback(**{hook: fail})])
    assert told[-1] == ("on_test_end" if "test" in hook else "on_predict_end", {})
    assert len([event for event in told if event[0] == told[-1][0]]) == 1


def test_a_list_of_callbacks_for_a_loop_of_ones_own():
    told, net = [], compiled()
    own = callbacks.CallbackList(
        [Diary(told)], add_history=True, add_progbar=True, model=net, epochs=2, verbose=2
    )
    assert [type(callback) for callback in own.callbacks] == [Diary, History, callbacks.ProgbarLogger]
    own.on_train_begin()
    for epoch in range(2):
        own.on_epoch_begin(epoch)
        own.on_train_batch_begin(0)
        own.on_train_batch_end(0, {"loss": net.train_on_batch(X, Y)})
        own.on_epoch_end(epoch, {"loss": 0.5})
    own.on_train_end()
    assert [event[0] for event in told].count("on_batch_end") == 2
    assert own.callbacks[1].history == {"loss": [0.5, 0.5]}
    assert own.callbacks[0].params == {"epochs": 2, "verbose": 2}
    again = callbacks.CallbackList([History(), callbacks.ProgbarLogger()], add_history=True, add_progbar=True)
    assert len(again.callbacks) == 2
    assert told[-1] == ("on_train_end", {"loss": 0.5})
    own.on_train_begin()
    own.on_train_end()
    assert told[-1] == ("on_train_end", {})
    told.clear()
    net.fit(X, Y, verbose=0, callbacks=own)
    assert told


def test_progress_that_is_given_is_not_shown_twice(capsys):
    compiled().fit(X, Y, epochs=2, verbose=2, callbacks=[callbacks.ProgbarLogger()])
    assert capsys.readouterr().err.count("Epoch 1/2 - loss") == 1
    compiled().fit(X, Y, epochs=2, verbose=0, callbacks=[callbacks.ProgbarLogger()])
    assert capsys.readouterr().err == ""


def test_a_callback_knows_network_and_parameters():
    net, callback = compiled(metrics=["mae"]), Callback()
    net.fit(X, Y, epochs=4, batch_size=3, validation_split=0.2, verbose=0, callbacks=[callback])
    assert callback.model is net
    known = {name: callback.params[name] for name in ("epochs", "steps", "verbose", "metrics")}
    names = ["loss", "mae", "val_loss", "val_mae"]
    assert known == {"epochs": 4, "steps": 3, "verbose": 0, "metrics": names}


@pytest.mark.parametrize(
    "hook", ["on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end"]
)
@pytest.mark.parametrize("way", ["subclass", "lambda"])
def test_one_hook_around_batches_is_enough_to_be_told(hook, way):
    told = []
    note = lambda *arguments: told.append(arguments[-2])
    made = LambdaCallback(**{hook: note}) if way == "lambda" else type("Own", (Callback,), {hook: note})()
    compiled().fit(X, Y, batch_size=4, verbose=0, callbacks=[made])
    assert told == [0, 1, 2]


STOPS = {  # the hook that stops, which of its calls does, and what is then seen: batches, epochs
    "train begin": ("on_train_begin", 1, 1, 1),
    "epoch begin": ("on_epoch_begin", 2, 4, 2),
    "batch begin": ("on_train_batch_begin", 5, 5, 2),
    "batch end": ("on_train_batch_end", 2, 2, 1),
    "last batch end": ("on_train_batch_end", 3, 3, 1),
    "epoch end": ("on_epoch_end", 2, 6, 2),
}


@pytest.mark.parametrize(("hook", "call", "batches", "epochs"), STOPS.values(), ids=STOPS)
def test_training_can_be_stopped_from_every_hook(hook, call, batches, epochs):
    """At the end of the running batch; the epoch so far is validated, told and kept, and the end is told."""
    net, told, left = compiled(), [], [call]

    def stop(*_):
        left[0] -= 1
        if left[0] == 0:
            net.stop_training = True

    history = net.fit(
        X, Y, epochs=9, batch_size=4, validation_data=(X, Y), verbose=0, callbacks=[LambdaCallback(**{hook: stop}), Diary(told)]
    )  # fmt: skip
    names = [event[0] for event in told]
    assert (names.count("on_train_batch_end"), names.count("on_epoch_end")) == (batches, epochs)
    assert names[-1] == "on_train_end"
    assert history.epoch == list(range(epochs))
    assert len(history.history["val_loss"]) == epochs


def test_a_later_fit_is_not_stopped():
    net = compiled()
    net.fit(
        X,
        Y,
        verbose=0,
        callbacks=[LambdaCallback(on_epoch_end=lambda *_: setattr(net, "stop_training", True))],
    )
    assert net.fit(X, Y, epochs=3, verbose=0).epoch == [0, 1, 2]


class Failure(Exception):
    pass


@pytest.mark.parametrize("hook", [name for name in HOOKS if name != "on_train_end"])
def test_the_end_is_told_after_the_error_of_a_callback(hook):
    """And the network is left at the weights after the last whole step, ready to go on."""
    told = []

    def fail(*_):
        raise Failure

    net, untouched = compiled(), compiled()
    with pytest.raises(Failure):
        net.fit(
            X,
            Y,
            batch_size=10,
            shuffle=False,
            verbose=0,
            callbacks=[Diary(told), LambdaCallback(**{hook: fail})],
        )
    assert [event[0] for event in told].count("on_train_end") == 1
    assert told[-1][0] == "on_train_end"
    if hook in ("on_train_batch_end", "on_batch_end", "on_epoch_end"):
        untouched.train_on_batch(X, Y)
    same(net.get_weights(), untouched.get_weights())
    assert net.fit(X, Y, epochs=2, verbose=0).epoch == [0, 1]


@pytest.mark.parametrize(
    "given",
    [3, "EarlyStopping", Callback, [EarlyStopping], [print], [None], {"a": 1}],
    ids=["number", "text", "class", "class in list", "function", "None in list", "dict"],
)
def test_what_is_no_callback_is_refused(given):
    net = compiled()
    before = net.get_weights()
    with pytest.raises(ArgumentTypeError, match="callbacks must be"):
        net.fit(X, Y, verbose=0, callbacks=given)
    same(net.get_weights(), before)


# --- LambdaCallback and History -----------------------------------------------------------------------------


@pytest.mark.parametrize("hook", ALL_HOOKS)
def test_a_function_may_stand_for_every_hook(hook):
    told, net = [], compiled()
    note = LambdaCallback(**{hook: lambda *arguments: told.append(arguments)})
    if "predict" in hook:
        net.predict(X, callbacks=note)
    elif hook == "on_non_finite":
        net.layers[1].kernel[...] = 1e300
        with pytest.raises(NonFiniteError) as caught:
            net.fit(X, Y, verbose=0, callbacks=note)
        assert told == [(caught.value,)]
        return
    else:
        net.fit(X, Y, verbose=0, validation_data=(X, Y), callbacks=note)
    assert len(told) == 1
    of_all = hook.removesuffix("_begin").removesuffix("_end") in ("on_train", "on_test", "on_predict")
    assert [*map(type, told[0])] == ([dict] if of_all else [int, dict])


@pytest.mark.parametrize(
    ("hooks", "message"),
    [({"on_epoch_ends": print}, "did you mean 'on_epoch_end'"), ({"on_epoch_end": 3}, "on_epoch_end must be a function")],
)  # fmt: skip
def test_a_lambda_callback_refuses_what_is_no_hook(hooks, message):
    with pytest.raises(ArgumentTypeError, match=message):
        LambdaCallback(**hooks)


def test_a_history_travels_without_the_network():
    net = compiled()
    history = net.fit(X, Y, epochs=3, verbose=0)
    assert history is net.history
    twin = pickle.loads(pickle.dumps(history))  # noqa: S301
    assert (twin.epoch, twin.history) == (history.epoch, history.history)
    assert len(pickle.dumps(history)) < 1000
    assert "Network" not in repr(vars(twin))


def test_a_history_given_as_callback_begins_anew_with_each_fit():
    net, own = compiled(), History()
    for epochs in (3, 2):
        kept = net.fit(X, Y, epochs=epochs, verbose=0, callbacks=[own])
        assert own is not kept
        assert (own.epoch, own.history) == (kept.epoch, kept.history)
        assert own.epoch == list(range(epochs))


# --- TerminateOnNaN -----------------------------------------------------------------------------------------


def diverging():
    """The second epoch's first batch meets a loss that is not finite; five batches an epoch."""
    return compiled(optimizers.SGD(learning_rate=lambda step: 0.01 if step < 4 else 1e200))


def test_terminate_on_nan_ends_training_without_an_error():
    net, told = diverging(), []
    history = net.fit(X, Y, batch_size=2, epochs=9, verbose=0, callbacks=[TerminateOnNaN(), Diary(told)])
    assert history.epoch == [0, 1]
    assert not math.isfinite(history.history["loss"][1])
    assert [event[0] for event in told].count("on_train_batch_end") == 6
    assert np.isfinite(net.parameters).all()


def test_terminate_on_nan_may_raise():
    with pytest.raises(NonFiniteError, match="the loss is inf at batch 1"):
        diverging().fit(X, Y, batch_size=2, epochs=9, verbose=0, callbacks=[TerminateOnNaN(raise_error=True)])


def test_terminate_on_nan_lets_a_finite_training_be():
    assert len(compiled().fit(X, Y, epochs=3, verbose=0, callbacks=[TerminateOnNaN()]).epoch) == 3


# --- EarlyStopping ------------------------------------------------------------------------------------------


class Score(metrics.Metric):
    """A metric whose values are told in advance."""

    now = 0.0

    def values(self, t, y):
        return np.zeros(len(y))

    def result(self):
        return Score.now


def run(values, **settings):
    """Train through these values of a metric: the number of epochs, the network, the weights after each, the callback."""
    net, kept = compiled(metrics=[Score(name="score")]), []
    script = LambdaCallback(
        on_epoch_begin=lambda epoch, logs: setattr(Score, "now", values[epoch]),
        on_epoch_end=lambda epoch, logs: kept.append(net.get_weights()),
    )
    stop = EarlyStopping(monitor="score", **settings)
    history = net.fit(X, Y, epochs=len(values), verbose=0, callbacks=[script, stop])
    assert history.history["score"] == values[: len(history.epoch)]
    return len(history.epoch), net, kept, stop


def rule(values, mode, patience, min_delta, baseline, start_from_epoch):
    """Keras's rule read aloud: how many epochs are run, and which of them was the best."""
    better = (
        (lambda new, old: new - min_delta > old)
        if mode == "max"
        else (lambda new, old: new + min_delta < old)
    )
    best, best_epoch, wait = None, None, 0
    for epoch, value in enumerate(values):
        if epoch < start_from_epoch:
            continue
        wait += 1
        if best is None or better(value, best):
            best, best_epoch = value, epoch
            if baseline is None or better(value, baseline):
                wait = 0
        elif wait >= patience and epoch > 0:
            return epoch + 1, best_epoch
    return len(values), best_epoch


QUARTERS = st.integers(-8, 8).map(lambda i: i / 4)  # so that differences are exact


@settings(max_examples=150, deadline=None)
@given(
    values=st.lists(QUARTERS, min_size=1, max_size=12),
    mode=st.sampled_from(["min", "max"]),
    patience=st.integers(0, 4),
    min_delta=st.sampled_from([0, 0.25, 0.5, -0.5, 2]),
    baseline=st.none() | QUARTERS,
    start=st.integers(0, 4),
    restore=st.booleans(),
)
def test_early_stopping_follows_the_rule_of_keras(
    values, mode, patience, min_delta, baseline, start, restore
):
    """Also where training ran to its end, and where no epoch was looked at."""
    settings = {"mode": mode, "patience": patience, "baseline": baseline, "start_from_epoch": start}
    epochs, net, kept, stop = run(values, min_delta=min_delta, restore_best_weights=restore, **settings)
    expected, best = rule(values, min_delta=abs(min_delta), **settings)
    assert epochs == expected
    same(net.get_weights(), kept[best if restore and best is not None else -1])
    if best is not None:
        assert (stop.best_epoch, stop.best) == (best, values[best])


EXAMPLES = {  # values, arguments, epochs run, epoch whose weights stay
    "no patience": ([3.0, 2.0, 2.0, 1.0], {}, 3, 1),
    "patience": ([3.0, 4.0, 5.0, 1.0, 2.0, 2.0, 2.0, 0.0], {"patience": 3}, 7, 3),
    "runs to its end": ([3.0, 1.0, 2.0], {"patience": 5}, 3, 1),
    "least change": ([3.0, 2.5, 2.0, 1.5], {"min_delta": 1.0, "patience": 2}, 3, 0),
    "more is better": ([1.0, 2.0, 1.5], {"mode": "max"}, 3, 1),
    "never good enough": ([3.0, 2.5, 2.25, 2.25, 2.0], {"baseline": 1.0, "patience": 3}, 4, 2),
    "start": ([0.0, 5.0, 4.0, 4.5], {"start_from_epoch": 1}, 4, 2),
}


@pytest.mark.parametrize(("values", "settings", "epochs", "best"), EXAMPLES.values(), ids=EXAMPLES)
def test_early_stopping_by_example(values, settings, epochs, best):
    ran, net, kept, _ = run(values, restore_best_weights=True, **{"mode": "min", **settings})
    assert ran == epochs
    same(net.get_weights(), kept[best])


@pytest.mark.parametrize(
    ("monitor", "rising"), [("loss", False), ("val_loss", False), ("mae", False), ("accuracy", True), ("val_accuracy", True)]
)  # fmt: skip
def test_early_stopping_knows_which_way_is_better(monitor, rising):
    net = compiled(metrics=["mae", "accuracy"])
    stop = EarlyStopping(monitor)
    stop.set_model(net)
    net.fit(X, Y, verbose=0, validation_data=(X, Y), callbacks=[stop])
    stop.on_train_begin()
    for epoch, value in enumerate((1.0, 2.0)):
        stop.on_epoch_end(epoch, {monitor: value})
    assert stop.best == (2.0 if rising else 1.0)


@pytest.mark.parametrize(
    ("monitor", "message"),
    [("val_loss", "validation_data or validation_split"), ("los", "did you mean 'loss'"), ("val_accuracy", "validation_data")],
)  # fmt: skip
def test_an_unknown_quantity_is_refused_before_training(monitor, message):
    net = compiled()
    before = net.get_weights()
    with pytest.raises(UnknownNameError, match=message):
        net.fit(X, Y, verbose=0, callbacks=[EarlyStopping(monitor)])
    same(net.get_weights(), before)
    assert net.optimizer.iterations == 0


def test_a_refused_fit_does_not_restore_the_weights_of_an_earlier_one():
    net = compiled()
    used = EarlyStopping("loss", patience=9, restore_best_weights=True)
    net.fit(X, Y, epochs=2, verbose=0, callbacks=[used])
    net.fit(X, Y, epochs=5, verbose=0)
    before = net.get_weights()
    with pytest.raises(UnknownNameError):
        net.fit(X, Y, verbose=0, callbacks=[EarlyStopping("nothing"), used])
    same(net.get_weights(), before)


def test_epochs_without_validation_are_not_counted():
    net = compiled()
    stop = EarlyStopping("val_loss", min_delta=100.0, patience=2)
    history = net.fit(X, Y, epochs=20, verbose=0, validation_data=(X, Y), validation_freq=3, callbacks=[stop])
    assert history.epoch == list(range(9))  # validated after epochs 3, 6 and 9


def test_early_stopping_restores_the_best_weights_after_an_error():
    net, kept = compiled(), []

    def fail(epoch, logs):
        kept.append(net.get_weights())
        if epoch == 3:
            raise Failure

    best = EarlyStopping("loss", mode="max", patience=9, restore_best_weights=True)
    with pytest.raises(Failure):
        net.fit(X, Y, epochs=9, verbose=0, callbacks=[LambdaCallback(on_epoch_end=fail), best])
    same(net.get_weights(), kept[0])


@pytest.mark.parametrize(
    "settings",
    [{"monitor": 3}, {"patience": -1}, {"patience": 1.5}, {"mode": "up"}, {"min_delta": math.nan}, {"baseline": "a"},
     {"restore_best_weights": 1}, {"start_from_epoch": -1}, {"verbose": 7}],
    ids=str,
)  # fmt: skip
def test_early_stopping_refuses_what_makes_no_sense(settings):
    with pytest.raises(MLPError, match=next(iter(settings))):
        EarlyStopping(**settings)


def test_early_stopping_says_so_on_stderr_if_asked_to(capsys):
    run([1.0, 2.0, 3.0], mode="min", verbose=1)
    assert capsys.readouterr().err == "Epoch 2: early stopping\n"
    run([1.0, 2.0, 3.0], mode="min", verbose=1, restore_best_weights=True)
    assert capsys.readouterr().err == (
        "Epoch 2: early stopping\nRestoring model weights from the end of the best epoch: 1.\n"
    )
    run([3.0, 2.0, 1.0], mode="min", verbose=1)
    assert capsys.readouterr().err == ""
