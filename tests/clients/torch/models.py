# SPDX-License-Identifier: Apache-2.0
"""models.py — GPT-2 and Llama in plain PyTorch, with every node of the forward pass kept by name.

Written from the public definitions, not from the program that judges it:

    GPT-2   Radford et al. 2019, "Language Models are Unsupervised Multitask Learners"; the Hugging Face weights
            store every linear map as [in, out] (their Conv1D) and q, k, v as one of width 3C.
    Llama   Touvron et al. 2023, "LLaMA"; rotary positions of Su et al. 2021 in the half-split layout of the Hugging
            Face weights; grouped key-value heads of Ainslie et al. 2023.

Shapes in comments: B sequences, T positions, C width, H heads of size D, V tokens, G key-value heads.

Each step that a backend could get wrong is a method of its own: faults.py plants one mistake by overriding one of them.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F

IGNORED = -100  # a target that carries no loss


@dataclass(frozen=True)
class Config:
    family: str
    vocab_size: int
    max_length: int
    width: int
    n_layers: int
    n_heads: int
    n_kv_heads: int
    mlp_width: int
    eps: float
    rope_theta: float
    head_size: int

    @classmethod
    def from_metadata(cls, metadata):
        """The `__metadata__` of inputs.safetensors holds the same names, as text. Raises KeyError, ValueError."""
        usual = {"head_size": int(metadata["width"]) // int(metadata["n_heads"])}  # a case names it where it is another
        return cls(**{name: field.type((usual | metadata)[name]) for name, field in cls.__dataclass_fields__.items()})


@dataclass(frozen=True)
class Batch:
    tokens: torch.Tensor          # [B,T]
    targets: torch.Tensor         # [B,T], IGNORED where there is none
    attention_mask: torch.Tensor  # [B,T], False for padding
    position_ids: torch.Tensor    # [B,T]

    @classmethod
    def from_tensors(cls, tensors):
        tokens = tensors["tokens"]
        everything = torch.ones_like(tokens)
        in_order = torch.arange(tokens.shape[1]).expand_as(tokens)
        return cls(tokens, tensors["targets"], tensors.get("attention_mask", everything) != 0,
                   tensors.get("position_ids", in_order))


class Transformer:
    """What both families share. After loss(batch), self.nodes holds every node, ready to retain its gradient."""

    def __init__(self, config, parameters):
        self.config = config
        self.parameters = parameters  # leaves by Hugging Face name
        self.nodes = {}

    def loss(self, batch):
        self.nodes = {}
        hidden = self.trunk(batch)                                       # [B,T,C]
        logits = self.node("logits", hidden @ self.head_weight().T)      # [B,T,V]
        return self.cross_entropy(logits, batch.targets)

    def node(self, name, value):
        value.retain_grad()
        self.nodes[name] = value
        return value

    def weight(self, name, layer=None):
        return self.parameters[(name if layer is None else self.LAYER.format(layer) + name) + ".weight"]

    def bias(self, name, layer=None):
        return self.parameters[(name if layer is None else self.LAYER.format(layer) + name) + ".bias"]

    def embedding(self, ids, table):
        return F.embedding(ids, table)

    def cross_entropy(self, logits, targets):
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORED)

    # Attention, from heads side by side to heads side by side.

    def split_heads(self, x, n_heads):
        return x.unflatten(-1, (n_heads, self.config.head_size)).transpose(1, 2)  # [B,n_heads,T,D]

    def merge_heads(self, x):
        return x.transpose(1, 2).flatten(2)                                       # [B,T,HD]

    def attend(self, at, q, k, v, visible):
        k, v = self.share_heads(k), self.share_heads(v)
        products = self.node(f"{at}.products", self.multiply_keys(q, k))          # [B,H,T,T]
        scores = self.node(f"{at}.scores", self.scale(products))
        masked = self.node(f"{at}.masked", self.hide(scores, visible))
        probs = self.node(f"{at}.probs", self.probabilities(masked, visible))
        mix = self.node(f"{at}.mix", probs @ v)                                   # [B,H,T,D]
        return self.node(f"{at}.merged", self.merge_heads(mix))

    def share_heads(self, x):
        """Query heads 0..H/G-1 read key-value head 0, the next H/G read head 1, and so on."""
        return x.repeat_interleave(self.config.n_heads // self.config.n_kv_heads, dim=1)

    def multiply_keys(self, q, k):
        return q @ k.transpose(-1, -2)

    def scale(self, products):
        return products / math.sqrt(self.config.head_size)

    def visible(self, batch):
        """Position i may look at j where j <= i and j is no padding: bool [B,1,T,T]."""
        length = batch.tokens.shape[1]
        return torch.ones(length, length, dtype=torch.bool).tril() & batch.attention_mask[:, None, None, :]

    def hide(self, scores, visible):
        return scores.masked_fill(~visible, 0)

    def probabilities(self, masked, visible):
        # A row that sees nothing would be 0/0: let it see everything, then blank it with the other hidden entries
        sees_something = visible.any(-1, keepdim=True)
        open_scores = masked.masked_fill(~visible & sees_something, -math.inf)
        return self.softmax(open_scores).masked_fill(~visible, 0)

    def softmax(self, x):
        return F.softmax(x, dim=-1)


class GPT2(Transformer):
    LAYER = "transformer.h.{}."

    def trunk(self, batch):
        tokens = self.node("embed.tokens", self.embedding(batch.tokens, self.weight("transformer.wte")))
        positions = self.node("embed.positions", self.embedding(batch.position_ids, self.weight("transformer.wpe")))
        x = self.node("embed", tokens + positions)
        visible = self.visible(batch)
        for layer in range(self.config.n_layers):
            x = self.block(layer, x, visible)
        return self.node("norm_f", self.final_norm(x))

    def block(self, layer, x, visible):
        at = f"h.{layer}"
        normed = self.node(f"{at}.norm1", self.norm("ln_1", layer, x))
        qkv = self.node(f"{at}.attn.qkv", self.conv1d("attn.c_attn", layer, normed))
        q, k, v = (self.split_heads(part, self.config.n_heads) for part in qkv.chunk(3, dim=-1))
        q, k, v = (self.node(f"{at}.attn.{name}", part) for name, part in zip("qkv", (q, k, v)))
        merged = self.attend(f"{at}.attn", q, k, v, visible)
        out = self.node(f"{at}.attn.out", self.conv1d("attn.c_proj", layer, merged))
        x = self.node(f"{at}.resid1", x + out)

        normed = self.node(f"{at}.norm2", self.norm("ln_2", layer, x))
        up = self.node(f"{at}.mlp.up", self.conv1d("mlp.c_fc", layer, normed))
        act = self.node(f"{at}.mlp.act", self.gelu(up))
        down = self.node(f"{at}.mlp.down", self.conv1d("mlp.c_proj", layer, act))
        return self.node(f"{at}.resid2", x + down)

    def head_weight(self):
        return self.weight("transformer.wte")  # tied

    def norm(self, name, layer, x):
        return self.layer_norm(x, self.weight(name, layer), self.bias(name, layer), self.config.eps)

    def final_norm(self, x):
        return self.norm("transformer.ln_f", None, x)

    def layer_norm(self, x, gain, bias, eps):
        return F.layer_norm(x, x.shape[-1:], gain, bias, eps)

    def conv1d(self, name, layer, x):
        return self.add_bias(x @ self.weight(name, layer), self.bias(name, layer))

    def add_bias(self, x, bias):
        return x + bias

    def gelu(self, x):
        return F.gelu(x, approximate="tanh")


class Llama(Transformer):
    LAYER = "model.layers.{}."

    def trunk(self, batch):
        x = self.node("embed.tokens", self.embedding(batch.tokens, self.weight("model.embed_tokens")))
        visible, angles = self.visible(batch), self.angles(batch.position_ids).to(x.dtype)
        for layer in range(self.config.n_layers):
            x = self.block(layer, x, visible, angles)
        return self.node("norm_f", self.final_norm(x))

    def block(self, layer, x, visible, angles):
        at, heads, kv_heads = f"h.{layer}", self.config.n_heads, self.config.n_kv_heads
        normed = self.node(f"{at}.norm1", self.norm("input_layernorm", layer, x))
        q, k, v = (self.node(f"{at}.attn.{name}", self.linear(f"self_attn.{name}", layer, normed))
                   for name in ("q_proj", "k_proj", "v_proj"))
        q = self.node(f"{at}.attn.q", self.split_heads(q, heads))
        k = self.node(f"{at}.attn.k", self.split_heads(k, kv_heads))
        v = self.node(f"{at}.attn.v", self.split_heads(v, kv_heads))
        q = self.node(f"{at}.attn.q_rot", self.rotate_query(q, angles))
        k = self.node(f"{at}.attn.k_rot", self.rotate_key(k, angles))
        merged = self.attend(f"{at}.attn", q, k, v, visible)
        out = self.node(f"{at}.attn.out", self.linear("self_attn.o_proj", layer, merged))
        x = self.node(f"{at}.resid1", x + out)

        normed = self.node(f"{at}.norm2", self.norm("post_attention_layernorm", layer, x))
        gate = self.node(f"{at}.mlp.gate", self.linear("mlp.gate_proj", layer, normed))
        up = self.node(f"{at}.mlp.up", self.linear("mlp.up_proj", layer, normed))
        act = self.node(f"{at}.mlp.act", F.silu(gate) * up)
        down = self.node(f"{at}.mlp.down", self.linear("mlp.down_proj", layer, act))
        return self.node(f"{at}.resid2", x + down)

    def head_weight(self):
        return self.weight("lm_head")

    def norm(self, name, layer, x):
        return self.rms_norm(x, self.weight(name, layer), self.config.eps)

    def final_norm(self, x):
        return self.norm("model.norm", None, x)

    def rms_norm(self, x, gain, eps):
        return gain * (x * torch.rsqrt(x.square().mean(-1, keepdim=True) + eps))

    def linear(self, name, layer, x):
        return F.linear(x, self.weight(name, layer))

    def angles(self, position_ids):
        """Pair i of a head turns by position * theta^(-2i/D): [B,1,T,D/2], the 1 for the heads."""
        size = self.config.head_size
        speed = self.config.rope_theta ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
        return (position_ids[..., None] * speed)[:, None]

    def rotate_query(self, q, angles):
        return self.rotate(q, angles)

    def rotate_key(self, k, angles):
        return self.rotate(k, angles)

    def rotate(self, x, angles):
        """Entry i and entry i + D/2 form a pair, and turn as one complex number."""
        a, b = x.chunk(2, dim=-1)
        return torch.cat([a * angles.cos() - b * angles.sin(), b * angles.cos() + a * angles.sin()], dim=-1)


FAMILIES = {"gpt2": GPT2, "llama": Llama}
