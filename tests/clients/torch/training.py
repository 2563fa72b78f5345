# SPDX-License-Identifier: Apache-2.0
"""training.py — AdamW on one batch, again and again: decoupled decay, gradients clipped by their global norm.

SOURCE  Loshchilov & Hutter 2019, Algorithm 2 (torch.optim.AdamW); Pascanu et al. 2013 (torch.nn.utils.clip_grad_norm_).
"""

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Recipe:
    learning_rate: float
    beta1: float
    beta2: float
    adam_eps: float
    weight_decay: float
    max_norm: float
    n_steps: int

    @classmethod
    def from_metadata(cls, metadata):
        """The `__metadata__` of inputs.safetensors holds the same names, as text. Raises KeyError, ValueError."""
        return cls(**{name: field.type(metadata[name]) for name, field in cls.__dataclass_fields__.items()})


class Trainer:
    """Each step that a backend could get wrong is a method of its own, as in models.py."""

    def __init__(self, recipe, parameters):
        self.recipe = recipe
        self.parameters = parameters
        self.optimiser = self.make_optimiser()

    def make_optimiser(self):
        return torch.optim.AdamW(self.groups(), **self.settings())

    def settings(self):
        r = self.recipe
        return {"lr": r.learning_rate, "betas": (r.beta1, r.beta2), "eps": r.adam_eps}

    def groups(self):
        """Matrices decay; biases and the gains of norms do not."""
        decays = [p for p in self.parameters.values() if self.decays(p)]
        stays = [p for p in self.parameters.values() if not self.decays(p)]
        return [{"params": decays, "weight_decay": self.recipe.weight_decay}, {"params": stays, "weight_decay": 0.0}]

    def decays(self, parameter):
        return parameter.dim() == 2

    def clear_gradients(self):
        for p in self.parameters.values():
            p.grad = torch.zeros_like(p)  # a parameter that no gradient reaches still takes its step

    def clip(self):
        """Scales all gradients in place so that their global norm is at most max_norm; returns the norm before."""
        return torch.nn.utils.clip_grad_norm_(self.parameters.values(), self.recipe.max_norm)

    def update(self):
        self.optimiser.step()

    def moments(self, parameter):
        state = self.optimiser.state[parameter]
        return state["exp_avg"], state["exp_avg_sq"]
