"""All that a calculation says in words, in every language that it speaks."""

# Brackets and colons in Japanese text are as wide as its letters.
# ruff: noqa: RUF001

from __future__ import annotations

from typing import Any

__all__ = ["LANGUAGES", "Words"]

LANGUAGES = ("en", "ja")

#: A sentence in English and in Japanese, by what it is about.
SENTENCES: dict[str, tuple[str, str]] = {
    "title": ("The calculation, step by step", "計算の過程"),
    "forward": ("Forward propagation", "順伝播"),
    "loss": ("Loss", "損失"),
    "backward": ("Back-propagation", "誤差逆伝播"),
    "update": ("Update of the weights", "重みの更新"),
    "layer": ("Layer {number}: {what}", "第{number}層：{what}"),
    "again": ("Layer {number}: {what}, the layer {first} again", "第{number}層：{what}（第{first}層をもう一度使う）"),
    "output": ("Output {number}", "出力{number}"),
    "input": ("The input:", "入力："),
    "inputs": ("The inputs:", "入力："),
    "rows": (
        "The {n} rows are calculated together, one below the other; the bias is added to each of them.",
        "{n}個のデータを行として縦に並べ、まとめて計算します。バイアスは各行に加えます。",
    ),
    "axes": (
        "{what} has the shape {shape}; here there is a line for each vector along its last axis.",
        "{what}の形状は{shape}です。ここでは、最後の軸に沿ったベクトルを1行ずつ並べて示します。",
    ),
    "function": ("The activation function is {what}.", "活性化関数は{what}です。"),
    "weights": ("Its weights:", "この層の重み："),
    "unchanged": (
        "Outside of training this layer hands on what it gets.",
        "学習時以外は、この層は入力をそのまま出力します。",
    ),
    "inference": (
        "This layer behaves otherwise in training; here it is calculated as in prediction.",
        "この層は、学習時には異なる動作をします。ここでは、予測時の動作で計算します。",
    ),
    "target": ("The target:", "目標値："),
    "loss name": ("The loss is {name}.", "損失関数は{name}です。"),
    "difference": ("The difference between output and target:", "出力と目標値の差："),
    "by row": ("The loss of each row:", "各行の損失："),
    "value": ("The loss:", "損失："),
    "loss weight": (
        "This loss is multiplied by its weight {weight} before the losses are added.",
        "この損失は、重み係数{weight}を掛けてから合計に加えます。",
    ),
    "penalties": (
        "The losses of all outputs, and the penalty R on weights or outputs (regularization), are added:",
        "すべての出力の損失と、重みまたは出力に対する罰則項R（正則化）の合計：",
    ),
    "total": ("The sum of the losses of all outputs:", "すべての出力の損失の合計："),
    "penalty": (
        "To the loss E comes the penalty R on weights or outputs (regularization):",
        "損失Eと、重みまたは出力に対する罰則項R（正則化）の和：",
    ),
    "loss slope": ("Its derivative with respect to the output:", "出力に関する損失の偏微分："),
    "loss slope joined": (
        "Its derivative with respect to the output; {function} and this loss will be differentiated together, without it:",
        "出力に関する損失の偏微分（活性化関数{function}と損失関数をまとめて微分するので、この先では使いません）：",
    ),
    "not finite": (
        "The loss is not finite, so there is no gradient.",
        "損失が有限の値ではないため、勾配は計算できません。",
    ),
    "no step": (
        "The gradient is not finite, so the weights stay as they are.",
        "勾配が有限の値ではないため、重みは更新しません。",
    ),
    "joined": (
        "The activation {function} and the loss are differentiated together; what is left is output minus target.",
        "活性化関数{function}と損失関数をまとめて微分すると、出力と目標値の差だけが残ります。",
    ),
    "joined factor": ("The factor {factor} comes from the mean, and from the weight of the loss if it has one.", "係数{factor}は、平均をとることで生じたものです（損失に重み係数があれば、それも含みます）。"),
    "jacobian": (
        "Each output depends on all entries of its row, so that the row's Jacobian matrix takes the place of f'(z).",
        "各出力は同じ行のすべての成分に依存するため、f'(z)の代わりに、行ごとのヤコビ行列を掛けます。",
    ),
    "jacobian rows": (
        "Row {row}:",
        "第{row}行：",
    ),
    "jacobian together": ("All rows together:", "すべての行をまとめると："),
    "through function": (
        "What comes back is carried through the activation {function}:",
        "活性化関数{function}を通って、その入力まで戻る勾配：",
    ),
    "comes together": (
        "{n} parts come back to this output, and are added:",
        "この出力に戻る勾配（{n}個の項を足し合わせる）：",
    ),
    "unjudged": (
        "No loss judges this output, so nothing comes back to it:",
        "この出力は損失に影響しないため、戻ってくる勾配は0です：",
    ),
    "output penalty": (
        "The last part is the derivative of the penalty on the outputs of this layer.",
        "最後の項は、この層の出力に対する罰則項の微分です。",
    ),
    "part": ("The part that comes back through this layer:", "この層を通って戻る勾配："),
    "ones": ("1 is a column of ones, which adds up the rows.", "1は、成分がすべて1の列ベクトルです。これを掛けると、すべての行の和になります。"),
    "frozen": (
        "The weights of this layer are frozen: training does not change them.",
        "この層の重みは凍結されており、学習しても変わりません。",
    ),
    "weight part": (
        "This layer is called several times; this call's part of its gradient:",
        "この層は複数回使われます。勾配のうち、この呼び出しによる分：",
    ),
    "loss alone": ("What the loss gives to its gradient:", "損失による勾配："),
    "joined inside": (
        "The last activation in here and the loss are differentiated together; to what goes into it comes back:",
        "このネットワークの最後の活性化関数と損失関数をまとめて微分します。その活性化関数の入力に戻る勾配：",
    ),
    "weight parts": ("All calls together:", "すべての呼び出しの合計："),
    "weight penalty": (
        "The penalty on the weight adds its derivative:",
        "重みに対する罰則項の微分を加えた勾配：",
    ),
    "descent": (
        "Gradient descent: each weight goes a step against its gradient, and the learning rate says how far.",
        "勾配降下法では、学習率に応じた幅で、各重みを勾配と逆の向きに動かします。",
    ),
    "optimizer": (
        "Step {step} of the optimizer {name}.",
        "最適化手法{name}の第{step}ステップです。",
    ),
    "constraint": ("The constraint {name} makes of it:", "制約{name}を適用した結果："),
    "constraint kept": (
        "The constraint {name} has been applied to it.",
        "この値には、すでに制約{name}が適用されています。",
    ),
    "clipped": (
        "Gradients are changed before the step: {what}.",
        "更新では、勾配などに次の調整を加えます：{what}。",
    ),
    "state": (
        "What the optimizer remembers of {what} after this step, its {slot}:",
        "{what}について最適化手法が次のステップのために保持する値（{slot}）：",
    ),
    "rate": (
        "The learning rate for {what}:",
        "{what}の学習率：",
    ),
    "nothing": ("There is nothing to train.", "学習できる重みはありません。"),
}  # fmt: skip


class Words:
    """The sentences of one language.

    Examples
    --------
    >>> Words("ja")("forward"), Words("en")("layer", number=1, what="dense")
    ('順伝播', 'Layer 1: dense')
    """

    def __init__(self, language: str) -> None:
        self._column = LANGUAGES.index(language)

    def __call__(self, about: str, **details: Any) -> str:
        """The sentence with these details in it."""
        return SENTENCES[about][self._column].format(**details)
