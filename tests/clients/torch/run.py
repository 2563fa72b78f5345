#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""run.py — one run of the client: inputs.safetensors in, candidate files out.

    run.py golden/gpt2-nano/inputs.safetensors --out candidate --dtype float32
    etalon check golden/gpt2-nano candidate/*.safetensors --compute fp32
"""

import argparse
import os
import sys

import torch

import faults
import safetensors_io
from models import FAMILIES, Batch, Config
from training import Recipe, Trainer

RECORDED_STEPS = (1, 2, 10)


def candidate(arrays, metadata, dtype, fault=None):
    """Forward, backward and the optimiser's steps. Returns {file name: {tensor name: tensor}}.

    arrays and metadata as safetensors_io.read gives them; fault a row of faults.FAULTS, or None to do it right.
    """
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    parameters = {name[len("param/"):]: value.to(dtype).clone().requires_grad_()
                  for name, value in tensors.items() if name.startswith("param/")}
    batch, recipe = Batch.from_tensors(tensors), Recipe.from_metadata(metadata)
    config = Config.from_metadata(metadata)
    model = faults.planted(fault, FAMILIES[config.family])(config, parameters)
    trainer = faults.planted(fault, Trainer)(recipe, parameters)

    forward, backward, optimizer = {}, {}, {}
    for step in range(1, recipe.n_steps + 1):
        trainer.clear_gradients()
        loss = model.loss(batch)
        loss.backward()
        if step == 1:
            forward = {**{f"act/{name}": x.detach() for name, x in model.nodes.items()}, "loss": loss.detach()}
            backward = {f"grad/{name}": _gradient(p) for name, p in parameters.items()}
            backward |= {f"dact/{name}": _gradient(x) for name, x in model.nodes.items()}
        norm = trainer.clip()
        trainer.update()
        if step in RECORDED_STEPS:
            for name, p in parameters.items():
                m, v = trainer.moments(p)
                kept = {"param": p, "m": m, "v": v}
                optimizer |= {f"step{step}/{kind}/{name}": value.detach().clone() for kind, value in kept.items()}
            optimizer[f"step{step}/clip_norm"] = norm.detach().clone()
    return {"forward.safetensors": forward, "backward.safetensors": backward, "optimizer.safetensors": optimizer}


def write(files, folder):
    """Writes each file into the folder; returns their paths."""
    os.makedirs(folder, exist_ok=True)
    paths = [os.path.join(folder, name) for name in files]
    for path, tensors in zip(paths, files.values()):
        safetensors_io.write(path, tensors)
    return paths


def _gradient(x):
    """A node that the loss does not depend on has a gradient of zeros; autograd leaves it out."""
    return torch.zeros_like(x) if x.grad is None else x.grad.detach().clone()


def main():
    known = "\n".join(f"  {fault.name:36} {fault.why}" for fault in faults.FAULTS.values())
    parser = argparse.ArgumentParser(description=__doc__, epilog=f"faults:\n{known}",
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", help="inputs.safetensors of a golden case")
    parser.add_argument("--out", required=True, help="the folder for the candidate files")
    parser.add_argument("--dtype", choices=("float64", "float32"), default="float64")
    parser.add_argument("--fault", choices=faults.FAULTS, metavar="NAME", help="plant this mistake")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    fault = faults.FAULTS[arguments.fault] if arguments.fault else None
    try:
        arrays, metadata = safetensors_io.read(arguments.inputs)
        if fault and metadata["family"] not in fault.first:
            parser.error(f"{fault.name} is a fault of {', '.join(fault.first)}; this case is {metadata['family']}")
        paths = write(candidate(arrays, metadata, getattr(torch, arguments.dtype), fault), arguments.out)
    except (safetensors_io.Malformed, OSError) as error:
        sys.exit(f"run.py: {error}")
    except (KeyError, ValueError, IndexError, RuntimeError) as error:
        sys.exit(f"run.py: {arguments.inputs}: {type(error).__name__}: {error}\nis this the inputs.safetensors of a golden case?")
    print("\n".join(paths))


if __name__ == "__main__":
    main()
