# SPDX-License-Identifier: Apache-2.0
"""ops.py — five ops in plain numpy, forward and backward, as the author of a single kernel would write them.

Each takes the op's setting and its inputs; it returns the output and the function that turns the output's cotangent y_bar into
the cotangents of the inputs, in order. Every line works in the dtype of the inputs.
"""

from fractions import Fraction

import numpy as np


def softmax(setting, x):
    visible = np.array(setting["visible"], bool).reshape(x.shape) if setting.get("visible") else np.ones(x.shape, bool)
    top = np.max(x, axis=-1, keepdims=True, where=visible, initial=-np.inf)
    e = np.exp(np.where(visible, x - top, -np.inf), where=visible, out=np.zeros_like(x))
    total = e.sum(-1, keepdims=True)
    y = np.divide(e, total, where=total > 0, out=np.zeros_like(x))  # a row that sees nothing stays 0
    return y, lambda y_bar: [y * (y_bar - (y * y_bar).sum(-1, keepdims=True))]


def layer_norm(setting, x, gain, bias):
    centred = x - x.mean(-1, keepdims=True)
    spread = np.sqrt((centred ** 2).mean(-1, keepdims=True) + x.dtype.type(setting["eps"]))
    z = centred / spread
    rows = tuple(range(x.ndim - 1))

    def pull(y_bar):
        z_bar = y_bar * gain
        x_bar = (z_bar - z_bar.mean(-1, keepdims=True) - z * (z_bar * z).mean(-1, keepdims=True)) / spread
        return [x_bar, (y_bar * z).sum(rows), y_bar.sum(rows)]

    return gain * z + bias, pull


def gelu_tanh(_, x):
    # (1 + tanh w)/2 = sigma(2w): 1 + tanh itself cancels in the negative tail, and golden/op/gelu_tanh has a case of that
    k, c = x.dtype.type(np.sqrt(2 / np.pi)), x.dtype.type(0.044715)
    double_w, slope = 2 * k * x * (1 + c * x * x), 2 * k * (1 + 3 * c * x * x)
    up, down = 1 / (1 + np.exp(-double_w)), 1 / (1 + np.exp(double_w))
    return x * up, lambda y_bar: [y_bar * (up + x * slope * up * down)]


def relu(_, x):
    # x > 0 alone would turn a NaN into 0; the slope at 0 is 0
    return np.where(x <= 0, 0, x).astype(x.dtype), lambda y_bar: [np.where(x <= 0, 0, np.where(x > 0, y_bar, x))]


def rope(setting, x):
    n_sequences, _, length, size = x.shape
    positions = np.array(setting["positions"]).reshape(n_sequences, 1, length, 1)
    angles = (positions * float(Fraction(setting["theta"])) ** (-np.arange(0, size, 2) / size)).astype(x.dtype)
    pairs = (slice(0, None, 2), slice(1, None, 2)) if setting["interleaved"] else (slice(0, size // 2), slice(size // 2, None))

    def turn(vector, by):
        a, b, out = vector[..., pairs[0]], vector[..., pairs[1]], np.empty_like(vector)
        out[..., pairs[0]] = a * np.cos(by) - b * np.sin(by)
        out[..., pairs[1]] = b * np.cos(by) + a * np.sin(by)
        return out

    return turn(x, angles), lambda y_bar: [turn(y_bar, -angles)]


OPS = {op.__name__: op for op in (softmax, layer_norm, gelu_tanh, relu, rope)}
