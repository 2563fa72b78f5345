# SPDX-License-Identifier: Apache-2.0
"""faults.py — mistakes that backends make, one at a time.

A fault overrides one step of a model (models.py) or of the trainer (training.py), and declares for every family that
can have it the tensor at which a check must FIRST report a divergence. The order of a check:

    act/...      in the order of computation, then the loss
    dact/...     against the order of computation: logits first, embeddings last
    grad/...     in the order of the parameters
    step1, ...   by step; in a step the norm before clipping, then m, v and the parameters

So a mistake in the forward pass shows at the node that it computes; a mistake in the backward pass shows in the LAST layer,
whose gradients are computed first; a mistake that spoils only a parameter's gradient shows at the first such parameter.
"""

import math
import re
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from models import IGNORED, Transformer
from training import Trainer

FAULTS = {}


@dataclass(frozen=True)
class Fault:
    name: str
    part: type     # the class whose step is overridden: Transformer or Trainer
    first: dict    # family -> the tensor at which a check must first diverge
    override: type
    in_float32: bool  # False: below the rounding of a correct float32 run where it shows first; planted in float64 only

    @property
    def why(self):
        return self.override.__doc__


def fault(part=Transformer, in_float32=True, **first):
    """Enters a class among the faults; GeluErf becomes "gelu-erf", its docstring says what is wrong."""
    def declare(override):
        name = re.sub("(?<!^)(?=[A-Z])", "-", override.__name__).lower()
        FAULTS[name] = Fault(name, part, first, override, in_float32)
        return override
    return declare


def planted(mistake, right):
    """The class `right`, with the mistake's override in front of it if that is where it belongs."""
    if mistake is None or not issubclass(right, mistake.part):
        return right
    return type(f"{right.__name__} with {mistake.name}", (mistake.override, right), {})


# Forward


@fault(gpt2="act/h.0.mlp.act")
class GeluErf:
    """The exact GELU where the model was trained with the tanh form."""
    def gelu(self, x):
        return F.gelu(x)


@fault(gpt2="act/h.0.mlp.act")
class GeluQuick:
    """x sigmoid(1.702 x) for GELU."""
    def gelu(self, x):
        return x * torch.sigmoid(1.702 * x)


@fault(gpt2="act/h.0.norm1", llama="act/h.0.norm1")
class EpsTooSmall:
    """eps 1e-6 for 1e-5 in every norm."""
    def layer_norm(self, x, gain, bias, eps):
        return super().layer_norm(x, gain, bias, eps / 10)

    def rms_norm(self, x, gain, eps):
        return super().rms_norm(x, gain, eps / 10)


@fault(llama="act/h.0.norm1")
class RmsNormCentred:
    """RMSNorm that subtracts the mean, as LayerNorm does."""
    def rms_norm(self, x, gain, eps):
        return super().rms_norm(x - x.mean(-1, keepdim=True), gain, eps)


@fault(gpt2="act/norm_f", llama="act/norm_f")
class FinalNormMissing:
    """The LM head reads the last residual as it is."""
    def final_norm(self, x):
        return x.clone()


@fault(gpt2="act/h.0.attn.masked", llama="act/h.0.attn.masked")
class CausalMaskSeesNext:
    """The causal mask is off by one: position i sees i + 1."""
    def visible(self, batch):
        length = batch.tokens.shape[1]
        return torch.ones(length, length, dtype=torch.bool).tril(1) & batch.attention_mask[:, None, None, :]


@fault(gpt2="act/h.0.attn.masked", llama="act/h.0.attn.masked")
class CausalMaskBlindToSelf:
    """The causal mask is off by one the other way: position i sees only what lies before it."""
    def visible(self, batch):
        length = batch.tokens.shape[1]
        return torch.ones(length, length, dtype=torch.bool).tril(-1) & batch.attention_mask[:, None, None, :]


@fault(gpt2="act/h.0.attn.probs", llama="act/h.0.attn.probs")
class MaskAfterSoftmax:
    """Hidden scores enter the softmax as 0; only its result is masked."""
    def probabilities(self, masked, visible):
        return self.softmax(masked).masked_fill(~visible, 0)


@fault(gpt2="act/h.0.attn.scores", llama="act/h.0.attn.scores")
class ScaleMissing:
    """Scores without 1/sqrt(D)."""
    def scale(self, products):
        return products.clone()


@fault(gpt2="act/h.0.attn.scores", llama="act/h.0.attn.scores")
class ScaleByWidth:
    """1/sqrt(C) for 1/sqrt(D)."""
    def scale(self, products):
        return products / math.sqrt(self.config.width)


@fault(gpt2="act/h.0.attn.merged", llama="act/h.0.attn.merged")
class HeadsMergedUntransposed:
    """[B,H,T,D] read as if it were [B,T,H,D]."""
    def merge_heads(self, x):
        return x.reshape(x.shape[0], x.shape[2], -1)


@fault(llama="act/h.0.attn.products")
class GroupsInterleaved:
    """Query head h reads key-value head h mod G instead of h / (H/G)."""
    def share_heads(self, x):
        return x.repeat(1, self.config.n_heads // self.config.n_kv_heads, 1, 1)


@fault(gpt2="act/h.0.attn.out")
class Conv1dUntransposed:
    """Square weights read as [out, in]; the others would not fit, so the backend's author noticed those."""
    def conv1d(self, name, layer, x):
        w = self.weight(name, layer)
        return self.add_bias(x @ (w.T if w.shape[0] == w.shape[1] else w), self.bias(name, layer))


@fault(gpt2="act/h.1.attn.qkv")
class BiasOfLayer0:
    """Every layer's linear maps use the biases of layer 0."""
    def conv1d(self, name, layer, x):
        return self.add_bias(x @ self.weight(name, layer), self.bias(name, 0))


@fault(llama="act/h.0.attn.q_rot")
class RopeInterleaved:
    """Entries 2i and 2i+1 form a pair, where the weights mean i and i + D/2."""
    def rotate(self, x, angles):
        a, b = x[..., 0::2], x[..., 1::2]
        return torch.stack([a * angles.cos() - b * angles.sin(), b * angles.cos() + a * angles.sin()], dim=-1).flatten(-2)


@fault(llama="act/h.0.attn.q_rot")
class RopeBackwards:
    """The sign of the angle. Scores see only differences of positions, but the sign of those too."""
    def rotate(self, x, angles):
        return super().rotate(x, -angles)


@fault(llama="act/h.0.attn.k_rot")
class RopeQueryOnly:
    """Keys are not rotated."""
    def rotate_key(self, k, angles):
        return k.clone()


@fault(gpt2="loss", llama="loss")
class IgnoredTargetsCounted:
    """An ignored target counts as token 0."""
    def cross_entropy(self, logits, targets):
        return super().cross_entropy(logits, targets.masked_fill(targets == IGNORED, 0))


@fault(gpt2="loss", llama="loss")
class LossOverAllPositions:
    """The sum is divided by B T, not by the number of targets that carry loss."""
    def cross_entropy(self, logits, targets):
        return super().cross_entropy(logits, targets) * (targets != IGNORED).to(logits.dtype).mean()


# Backward: the values are right, the gradients are not.


class _SoftmaxWithoutSum(torch.autograd.Function):
    """x_bar = y y_bar, where y (y_bar - sum(y_bar y)) is right."""
    @staticmethod
    def forward(ctx, x):
        y = F.softmax(x, dim=-1)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, y_bar):
        (y,) = ctx.saved_tensors
        return y * y_bar


@fault(gpt2="dact/h.1.attn.masked", llama="dact/h.1.attn.masked")
class SoftmaxBackwardWithoutSum:
    """The softmax's gradient without the term that all entries of a row share."""
    def softmax(self, x):
        return _SoftmaxWithoutSum.apply(x)


@fault(gpt2="dact/h.1.resid2")
class LayerNormBackwardWithoutMean:
    """LayerNorm's gradient treats the mean of the row as a constant."""
    def layer_norm(self, x, gain, bias, eps):
        mean = x.mean(-1, keepdim=True)
        centred = x - mean.detach()
        variance = (x - mean).square().mean(-1, keepdim=True)
        return centred * torch.rsqrt(variance + eps) * gain + bias


@fault(llama="dact/h.1.resid2")
class RmsNormBackwardWithoutProjection:
    """RMSNorm's gradient treats the length of the row as a constant."""
    def rms_norm(self, x, gain, eps):
        return gain * (x * torch.rsqrt(x.detach().square().mean(-1, keepdim=True) + eps))


class _ScaleGradient(torch.autograd.Function):
    """The value of x; its gradient times a factor."""
    @staticmethod
    def forward(ctx, x, factor):
        ctx.factor = factor
        return x.clone()

    @staticmethod
    def backward(ctx, y_bar):
        return y_bar * ctx.factor, None


@fault(gpt2="dact/h.1.attn.k", llama="dact/h.1.attn.k_rot")
class KeyGradientUnscaled:
    """The gradient of the keys lacks 1/sqrt(D)."""
    def multiply_keys(self, q, k):
        return super().multiply_keys(q, _ScaleGradient.apply(k, math.sqrt(self.config.head_size)))


@fault(gpt2="dact/h.1.attn.k", llama="dact/h.1.attn.k_rot")
class KeyGradientLost:
    """No gradient reaches the keys."""
    def multiply_keys(self, q, k):
        return super().multiply_keys(q, k.detach())


class _ShareFirstOnly(torch.autograd.Function):
    """repeat_interleave whose gradient is that of the first copy alone."""
    @staticmethod
    def forward(ctx, x, copies):
        ctx.copies = copies
        return x.repeat_interleave(copies, dim=1)

    @staticmethod
    def backward(ctx, y_bar):
        return y_bar[:, ::ctx.copies].clone(), None


@fault(llama="dact/h.1.attn.k_rot")
class GroupGradientUnsummed:
    """A key-value head gets its gradient from the first of its query heads only."""
    def share_heads(self, x):
        return _ShareFirstOnly.apply(x, self.config.n_heads // self.config.n_kv_heads)


@fault(llama="dact/h.1.attn.k")
class RopeGradientUnturned:
    """The gradient is rotated forwards once more, where the transposed rotation turns it back."""
    def rotate(self, x, angles):
        # Values of the right rotation, gradients of the one whose transpose turns forwards
        turned, wrong = super().rotate(x, angles), super().rotate(x, -angles)
        return wrong + (turned - wrong).detach()


class _BiasFromLastRow(torch.autograd.Function):
    """x + bias; the bias sees the gradient of the last row, not the sum over rows."""
    @staticmethod
    def forward(ctx, x, bias):
        return x + bias

    @staticmethod
    def backward(ctx, y_bar):
        return y_bar, y_bar.flatten(0, -2)[-1].clone()


@fault(gpt2="grad/transformer.h.0.attn.c_attn.bias")
class BiasGradientFromLastRow:
    """A kernel that stores where it should add."""
    def add_bias(self, x, bias):
        return _BiasFromLastRow.apply(x, bias)


class _EmbeddingLosesRepeats(torch.autograd.Function):
    """table[ids]; of a token that comes twice, only the last place sends a gradient."""
    @staticmethod
    def forward(ctx, ids, table):
        ctx.save_for_backward(ids)
        ctx.table_shape = table.shape
        return F.embedding(ids, table)

    @staticmethod
    def backward(ctx, y_bar):
        (ids,) = ctx.saved_tensors
        rows = y_bar.flatten(0, 1)
        table_bar = rows.new_zeros(ctx.table_shape)
        for row, token in zip(rows, ids.flatten()):
            table_bar[token] = row
        return None, table_bar


@fault(gpt2="grad/transformer.wte.weight", llama="grad/model.embed_tokens.weight")
class EmbeddingGradientLosesRepeats:
    """A scatter without atomics: repeated tokens overwrite one another."""
    def embedding(self, ids, table):
        return _EmbeddingLosesRepeats.apply(ids, table)


@fault(gpt2="grad/transformer.wte.weight")
class TiedGradientHeadOnly:
    """The tied table keeps only the LM head's part of its gradient."""
    def embedding(self, ids, table):
        tied = table is self.head_weight()
        return super().embedding(ids, table.detach().requires_grad_() if tied else table)


@fault(gpt2="grad/transformer.wte.weight")
class TiedGradientEmbeddingOnly:
    """The tied table keeps only the embedding's part of its gradient."""
    def head_weight(self):
        return super().head_weight().detach()


# Optimiser


class _UncorrectedAdamW(torch.optim.Optimizer):
    """AdamW by hand, without bias correction: as if the averages had not started from 0."""
    def __init__(self, groups, lr, betas, eps):
        super().__init__(groups, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            (beta1, beta2), lr = group["betas"], group["lr"]
            for p in group["params"]:
                state = self.state[p]
                m = state["exp_avg"] = beta1 * state.get("exp_avg", torch.zeros_like(p)) + (1 - beta1) * p.grad
                v = state["exp_avg_sq"] = beta2 * state.get("exp_avg_sq", torch.zeros_like(p)) + (1 - beta2) * p.grad.square()
                p.mul_(1 - lr * group["weight_decay"]).sub_(lr * m / (v.sqrt() + group["eps"]))


@fault(Trainer, gpt2="step1/param/transformer.wte.weight", llama="step1/param/model.embed_tokens.weight")
class NoBiasCorrection:
    """The averages m and v are used as they are."""
    def make_optimiser(self):
        return _UncorrectedAdamW(self.groups(), **self.settings())


@fault(Trainer, gpt2="step1/m/transformer.wte.weight", llama="step1/m/model.embed_tokens.weight")
class DecayCoupled:
    """Decay added to the gradient (Adam with L2), not taken from the weight."""
    def make_optimiser(self):
        return torch.optim.Adam(self.groups(), **self.settings())


@fault(Trainer, in_float32=False,
       gpt2="step1/param/transformer.wte.weight", llama="step1/param/model.embed_tokens.weight")
class DecayAfterStep:
    """The weight decays after Adam's step, so the step decays with it: a difference of lr^2 times the decay."""
    def groups(self):
        return [group | {"weight_decay": 0.0} for group in super().groups()]

    @torch.no_grad()
    def update(self):
        super().update()
        for p in filter(self.decays, self.parameters.values()):
            p.mul_(1 - self.recipe.learning_rate * self.recipe.weight_decay)


@fault(Trainer, gpt2="step1/param/transformer.h.0.ln_1.weight", llama="step1/param/model.layers.0.input_layernorm.weight")
class DecayOnEverything:
    """Biases and the gains of norms decay too."""
    def decays(self, parameter):
        return True


@fault(Trainer, gpt2="step1/m/transformer.wte.weight", llama="step1/m/model.embed_tokens.weight")
class ClipMissing:
    """The norm is measured and nothing is scaled."""
    def clip(self):
        return torch.nn.utils.clip_grad_norm_(self.parameters.values(), math.inf)


@fault(Trainer, gpt2="step1/m/transformer.wte.weight", llama="step1/m/model.embed_tokens.weight")
class ClipEachTensor:
    """Each tensor is clipped by its own norm."""
    def clip(self):
        norm = torch.nn.utils.clip_grad_norm_(self.parameters.values(), math.inf)
        for p in self.parameters.values():
            torch.nn.utils.clip_grad_norm_([p], self.recipe.max_norm)
        return norm


@fault(Trainer, gpt2="step2/clip_norm", llama="step2/clip_norm")
class GradientsNotCleared:
    """The second step adds its gradients to the first step's."""
    def clear_gradients(self):
        if all(p.grad is None for p in self.parameters.values()):
            super().clear_gradients()
