"""What a calculation says: the worked examples, what is shown and what is left out, and both languages."""

import importlib.util
import re
import string
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from explain.subjects import SUBJECTS, X, chain

import mlp
from mlp import Network
from mlp.errors import ArgumentError, ArgumentTypeError
from mlp.explain.formula import (
    Derivative,
    Elementwise,
    Equation,
    Heading,
    Paragraph,
    Product,
    Sum,
    Symbol,
)
from mlp.explain.telling.words import SENTENCES
from mlp.layers import BatchNormalization, Dense, Dropout, Flatten
from mlp.losses import SumSquaredError

EXAMPLES = Path(__file__).parents[1] / "worked_examples"


def example(name):
    """A worked example, which is a file of tests."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def equations(calculation, name, index=None, by=None):
    """The equations that begin with a symbol, or a derivative by it."""
    first = Symbol(name, index) if by is None else Derivative(Symbol("L"), Symbol(by, index))
    blocks = calculation.blocks
    return [b for b in blocks if isinstance(b, Equation) and b.sides[0] == first]


def texts(calculation):
    return [block.text for block in calculation.blocks if isinstance(block, Heading | Paragraph)]


def rounded(side):
    return np.round(side.values, 4).tolist()


def test_the_third_worked_example():
    """With the sum and the result that the article prints."""
    article = example("test_3_above_the_line")
    net = article.network_2_5_1()
    net.set_weights([article.KERNEL_1, article.BIAS_1, article.KERNEL_2, article.BIAS_2])
    calculation = net.explain(article.POINT[0])
    (z,) = equations(calculation, "z", 2)
    _, symbols, inside, together, _ = z.sides
    assert symbols == Sum((Product((Symbol("a", 1), Symbol("W", 2))), Symbol("b", 2)))
    assert [rounded(term) for term in together.terms] == [1.3855, 0.2741]
    assert rounded(inside.terms[0].factors[0]) == [[-0.5112, 0.4034, 0.3715, 0.3063, -0.1133]]
    (a,) = equations(calculation, "a", 2)
    assert rounded(a.sides[-1]) == 0.9302
    assert [event.direction for event in calculation.steps] == ["forward", "forward"]


def test_the_fourth_worked_example():
    """The whole way back and the new weights, which give the output after the step."""
    article = example("test_4_one_step_by_hand")
    net = article.network()
    calculation = net.explain(article.X, article.T)
    slopes = article.slopes(net.get_weights())
    for k in (1, 2):
        (dw,) = equations(calculation, "L", k, by="W")
        np.testing.assert_allclose(dw.sides[-1].values, slopes[k - 1], atol=1e-9)
        column, row = dw.sides[2].factors
        assert (column.values.shape, row.values.shape) == (
            (3, 1),
            (1, 3),
        )  # an outer product, not an inner one
        (dz,) = equations(calculation, "L", k, by="z")
        assert isinstance(dz.sides[1], Elementwise)
    rule = Sum(
        (
            Symbol("W", 1),
            mlp.explain.formula.Negative(Product((Symbol("eta"), Derivative(Symbol("L"), Symbol("W", 1))))),
        )
    )
    assert any(
        isinstance(b, Equation) and b.sides[:2] == (mlp.explain.formula.Renewed(Symbol("W", 1)), rule)
        for b in calculation.blocks
    )
    net.set_weights([event["W_after"] for event in calculation.steps if event.direction == "update"])
    np.testing.assert_allclose(net.predict(article.X), [article.AFTER_TRUE_STEP], **article.DIGITS)


def test_what_nobody_needs_is_not_shown():
    """The derivative by the input, unless there is something to train before it."""
    net = chain(Flatten(input_shape=(1, 2)), Dense(2, "tanh"), Dense(1))
    calculation = net.explain([[[0.3, 0.1]]], [1.0])
    assert [len(equations(calculation, "L", k, by="a")) for k in (1, 2, 3)] == [0, 1, 1]
    assert not equations(calculation, "L", by="x")
    back = texts(calculation).index("Back-propagation")
    assert not any("flatten" in text for text in texts(calculation)[back:])
    assert list(calculation.steps[-3]["dx"].shape) == [1, 1, 2]  # and yet it is there


def test_a_cross_entropy_and_its_activation_are_derived_together():
    net = chain(Dense(3, "softmax", input_dim=2), loss="sparse_categorical_crossentropy")
    (dz,) = equations(net.explain([0.3, 0.1], 2), "L", 1, by="z")
    assert dz.sides[1] == Sum((Symbol("a", 1), mlp.explain.formula.Negative(Symbol("t"))))
    (dz,) = equations(net.explain(X, [0, 1, 2]), "L", 1, by="z")
    assert dz.sides[1].factors[0].values == pytest.approx(1 / 3)
    net.set_weights([[[1e3, 0.0, -1e3], [0.0, 0.0, 0.0]], [0.0, 0.0, 0.0]])
    calculation = net.explain([1.0, 0.0], 2)  # a probability of 0: dL/da is infinite, dL/dz is not
    assert not equations(calculation, "L", 1, by="a")
    (dz,) = equations(calculation, "L", 1, by="z")
    assert dz.sides[-1].values.tolist() == [[1, 0, -1]]
    assert calculation.steps[1]["L"] == 2000


def test_softmax_by_itself_has_its_jacobian():
    net = chain(Dense(3, "softmax", input_dim=2), loss=SumSquaredError())
    (dz,) = equations(net.explain([0.3, 0.1], [0, 0, 1]), "L", 1, by="z")
    _, jacobian = dz.sides[1].factors
    a = net.predict([[0.3, 0.1]])[0]
    np.testing.assert_allclose(jacobian.values, np.diag(a) - np.outer(a, a), atol=1e-15)
    read = texts(net.explain(X, np.eye(3)))
    assert [text for text in read if text.startswith("Row ")] == ["Row 1:", "Row 2:", "Row 3:"]


SAYS = [
    ("frozen", "frozen", "凍結"),
    ("penalties", "penalty", "罰則項"),
    ("penalties", "MaxNorm", "MaxNorm"),
    ("graph", "are added", "足し合わせる"),
    ("graph", "again", "もう一度"),
    ("graph", "multiplied by its weight 2", "重み係数2"),
    ("axes", "has the shape (2, 3, 2)", "(2, 3, 2)"),
    ("inside joined", "differentiated together", "まとめて微分"),
    ("chain", "Step 1 of the optimizer Adam", "Adamの第1ステップ"),
    ("rates", "learning rate for W_1", "W_1の学習率"),
]


@pytest.mark.parametrize(("name", "english", "japanese"), SAYS)
def test_what_is_out_of_the_ordinary_is_said(name, english, japanese):
    net, x, y = SUBJECTS[name]()
    for language, wanted in (("en", english), ("ja", japanese)):
        assert any(wanted in text for text in texts(net.explain(x, y, language=language))), wanted


def test_a_frozen_network_is_one_of_frozen_layers():
    whole, parts = (Network([Dense(2, "tanh", input_dim=1), Dense(1)], rng=0) for _ in range(2))
    whole.trainable = False
    for layer in parts.layers:
        layer.trainable = False
    told = []
    for net in (whole, parts):
        net.compile("sgd", "mse")
        told.append(net.explain([1.0], [2.0]).text())
    assert told[0] == told[1]


def test_frozen_weights_are_not_derived_by():
    net, x, y = SUBJECTS["frozen"]()
    calculation = net.explain(x, y)
    assert not equations(calculation, "L", 2, by="W")
    assert equations(calculation, "L", 1, by="W")
    assert "W_after" not in [e for e in calculation.steps if e.number == 2][-1]


def test_what_training_alone_does_is_said():
    net = chain(Dense(2, input_dim=2), Dropout(0.5), BatchNormalization(), Dense(1))
    said = texts(net.explain(X, [1, 2, 3]))
    assert "Outside of training this layer hands on what it gets." in said
    assert any("otherwise in training" in text for text in said)


def test_the_end_is_told_where_there_is_no_step():
    net = chain(Dense(1, input_dim=1, kernel_initializer="ones"))
    with np.errstate(all="ignore"):
        assert texts(net.explain([1e200], [0.0]))[-1] == "The loss is not finite, so there is no gradient."
        net.set_weights([[[0.0]], [1e150]])
        assert (
            texts(net.explain([1e200], [0.0]))[-1]
            == "The gradient is not finite, so the weights stay as they are."
        )
    frozen = Network([Dense(1, input_dim=1, trainable=False)])
    frozen.compile("sgd", "mse")
    assert texts(frozen.explain([1.0], [0.0]))[-1] == "There is nothing to train."


def test_arguments_are_checked():
    net, x, _ = SUBJECTS["chain"]()
    for digits in (0, 17):
        with pytest.raises(ArgumentError, match="digits must be an integer from 1 to 16"):
            net.explain(x, digits=digits)
    with pytest.raises(ArgumentTypeError, match="digits"):
        net.explain(x, digits=2.5)
    with pytest.raises(ArgumentError, match="language must be one of 'en', 'ja'; got 'de'"):
        net.explain(x, language="de")
    assert (net.explain(x, digits=7).digits, net.explain(x, language="ja").language) == (7, "ja")


def test_a_calculation_is_handed_to_the_writers(monkeypatch):
    """With its digits, and where it matters its language."""
    net, x, _ = SUBJECTS["chain"]()
    calculation = net.explain(x, digits=7, language="ja")

    def writer(*names):
        def write(way):
            return lambda blocks, *rest: f"{way} {len(blocks) == len(calculation.blocks)} {rest}"

        return types.SimpleNamespace(**{name: write(name) for name in names})

    for name, also in (("text", ()), ("latex", ("latex_document",)), ("html", ())):
        monkeypatch.setitem(sys.modules, f"mlp.explain.writing.{name}", writer(name, *also))
    assert calculation.text() == str(calculation) == "text True (7,)"
    assert calculation.latex() == "latex True (7,)"
    assert calculation.latex(document=True) == "latex_document True (7, 'ja')"
    assert calculation.html() == calculation._repr_html_() == "html True (7, 'ja')"
    with pytest.raises(ArgumentTypeError, match="document must be True or False"):
        calculation.latex(document="yes")
    assert repr(calculation) == "<Calculation: 2 forward; print() shows it>"


# The words.


@pytest.mark.parametrize("name", SENTENCES)
def test_both_languages_say_the_same_details(name):
    english, japanese = (
        {field for _, field, *_ in string.Formatter().parse(text) if field} for text in SENTENCES[name]
    )
    assert english == japanese
    assert re.search("[\u3040-\u30ff\u4e00-\u9fff]", SENTENCES[name][1])
    assert SENTENCES[name][0].isascii()


@pytest.mark.parametrize("name", SENTENCES)
def test_japanese_is_set_without_spaces_and_with_wide_signs(name):
    japanese = SENTENCES[name][1]
    assert " " not in japanese
    assert not re.search("[:;,!?]", japanese)


def test_no_sentence_is_left_unsaid():
    source = "".join(
        path.read_text() for path in Path(mlp.explain.__file__).parent.rglob("*.py") if path.stem != "words"
    )
    assert [name for name in SENTENCES if f'"{name}"' not in source] == []


def test_a_calculation_in_japanese_has_no_english_sentence():
    for subject in SUBJECTS.values():
        net, x, y = subject()
        for text in texts(net.explain(x, y, language="ja")):
            assert re.search("[\u3040-\u30ff\u4e00-\u9fff]", text), text


def test_no_number_is_said_twice_in_a_row():
    """The mean over one row of one output is that number."""
    net = Network([Dense(1, input_dim=2)])
    net.set_weights([[[1.0], [1.0]], [-0.5]])
    net.compile("sgd", "hinge")
    line = next(line for line in net.explain([0.3, 0.1], -1).text().splitlines() if line.startswith("L ="))
    assert line == "L = max(0, 1 - t * a_1) = max(0, 0.9) = 0.9"
