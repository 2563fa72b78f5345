# SPDX-License-Identifier: Apache-2.0
"""states.py — train a small transformer in PyTorch and write the states of its layers for `etalon ib plane`.

    states.py FOLDER     writes FOLDER/tokens.npy, FOLDER/step0.npz and FOLDER/step200.npz

docs/how-to/plane-of-your-model.md shows the recipe and what comes of it.
"""

import os
import sys

# -- recipe
import numpy
import torch


def write_states(model, blocks, tokens, path):
    states = {}
    def keep(name):
        def hook(module, inputs, output):
            hidden = output[0] if isinstance(output, tuple) else output
            states[name] = hidden.detach().float().cpu().numpy()
        return hook
    handles = [block.register_forward_hook(keep(f"h.{i}")) for i, block in enumerate(blocks)]
    with torch.no_grad():
        model(tokens)
    for handle in handles:
        handle.remove()
    numpy.savez(path, **states)
# -- end of recipe


class Model(torch.nn.Module):
    """A causal transformer of two blocks, as small as one can be."""

    def __init__(self, vocabulary, width, length):
        super().__init__()
        self.embedding = torch.nn.Embedding(vocabulary, width)
        self.position = torch.nn.Parameter(0.1 * torch.randn(length, width))
        self.blocks = torch.nn.ModuleList(
            torch.nn.TransformerEncoderLayer(width, 4, 2 * width, dropout=0.0, batch_first=True, norm_first=True) for _ in range(2))
        self.head = torch.nn.Linear(width, vocabulary)
        self.mask = torch.full((length, length), float("-inf")).triu(1)

    def forward(self, tokens):
        hidden = self.embedding(tokens) + self.position
        for block in self.blocks:
            hidden = block(hidden, src_mask=self.mask)
        return self.head(hidden)


def markov(vocabulary, n_sequences, length):
    """Each symbol is followed by itself or its successor, with probabilities .25 and .75: the next is nearly known."""
    tokens = numpy.zeros((n_sequences, length), "i8")
    draws = numpy.random.default_rng(0).random((n_sequences, length))
    tokens[:, 0] = (draws[:, 0] * vocabulary).astype("i8")
    for i in range(1, length):
        tokens[:, i] = (tokens[:, i - 1] + (draws[:, i] < 0.75)) % vocabulary
    return tokens


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    torch.manual_seed(0)
    torch.set_num_threads(1)
    tokens = torch.from_numpy(markov(vocabulary=8, n_sequences=64, length=32))
    model = Model(vocabulary=8, width=32, length=32)
    optimiser = torch.optim.Adam(model.parameters(), 1e-3)
    numpy.save(os.path.join(folder, "tokens.npy"), tokens.numpy())
    write_states(model, model.blocks, tokens, os.path.join(folder, "step0.npz"))
    for _ in range(200):
        logits = model(tokens)[:, :-1]
        loss = torch.nn.functional.cross_entropy(logits.reshape(-1, 8), tokens[:, 1:].reshape(-1))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    write_states(model, model.blocks, tokens, os.path.join(folder, "step200.npz"))


if __name__ == "__main__":
    main()
