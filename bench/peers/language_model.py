"""Trains GPT-2 in PyTorch, written plainly, as a plan says, so that another program can do the same and be compared.

    python language_model.py PLAN.json --out RESULT.json

The plan leaves nothing open: there is no dropout. Paths in it count from its own directory.

    model           directory of config.json and model.safetensors, as transformers writes GPT-2: the weights to begin with
    train, eval     files of ids, int32
    starts          file of int32: where in train the windows of each update begin, steps times batchSize
    steps, batchSize, context
    learningRate    the highest one: it rises from 0 in warmupSteps updates, and falls along a cosine to minLearningRate
    beta2, weightDecay    of AdamW; tensors of one axis, which are biases and norms, do not decay
    maxGradNorm     to which all gradients together are clipped
    seed, threads

The result has

    losses          of each update
    trainSeconds    windows, forward, backward and update, with nothing else between
    peakBytes       the most memory that was resident after the last update
    evalLoss        mean over all ids of eval but the first, in windows of which each tells what follows all of its ids
    evalSeconds, parameters, versions
"""

import argparse
import json
import math
import pathlib
import resource
import sys
import time

import numpy
import safetensors.torch
import torch
from torch.nn import functional


class Block(torch.nn.Module):
    """x + attention(norm(x)), then x + network(norm(x))."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.ln_1 = torch.nn.LayerNorm(width)
        self.attn = torch.nn.ModuleDict(
            {"c_attn": torch.nn.Linear(width, 3 * width), "c_proj": torch.nn.Linear(width, width)}
        )
        self.ln_2 = torch.nn.LayerNorm(width)
        self.mlp = torch.nn.ModuleDict(
            {"c_fc": torch.nn.Linear(width, 4 * width), "c_proj": torch.nn.Linear(4 * width, width)}
        )

    def forward(self, x):
        batch, length, width = x.shape
        projected = self.attn["c_attn"](self.ln_1(x)).view(batch, length, 3, self.heads, width // self.heads)
        query, key, value = projected.permute(2, 0, 3, 1, 4)  # (B, H, T, K) each
        heads = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.attn["c_proj"](heads.transpose(1, 2).reshape(batch, length, width))
        hidden = functional.gelu(self.mlp["c_fc"](self.ln_2(x)), approximate="tanh")
        return x + self.mlp["c_proj"](hidden)


class GPT(torch.nn.Module):
    """GPT-2 with the names of transformers; logits are products with the table of tokens."""

    def __init__(self, config):
        super().__init__()
        width = config["n_embd"]
        self.transformer = torch.nn.ModuleDict(
            {
                "wte": torch.nn.Embedding(config["vocab_size"], width),
                "wpe": torch.nn.Embedding(config["n_positions"], width),
                "h": torch.nn.ModuleList(Block(width, config["n_head"]) for _ in range(config["n_layer"])),
                "ln_f": torch.nn.LayerNorm(width),
            }
        )

    def forward(self, ids):
        parts = self.transformer
        x = parts["wte"](ids) + parts["wpe"].weight[: ids.shape[1]]
        for block in parts["h"]:
            x = block(x)
        return functional.linear(parts["ln_f"](x), parts["wte"].weight)  # (B, T, V)


def load_model(directory):
    model = GPT(json.loads((directory / "config.json").read_text("utf-8")))
    tensors = safetensors.torch.load_file(directory / "model.safetensors")
    # Kernels of GPT-2's Conv1D stand the other way round than those of linear layers.
    conv1d = (".c_attn.weight", ".c_proj.weight", ".c_fc.weight")
    weights = {name: tensor.T if name.endswith(conv1d) else tensor for name, tensor in tensors.items()}
    model.load_state_dict(weights)
    return model


def peak_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def rate_of(step, plan):
    """Learning rate of the update that follows so many."""
    highest, lowest, warmup = plan["learningRate"], plan["minLearningRate"], plan["warmupSteps"]
    if step < warmup:
        return highest * step / warmup
    done = (step - warmup) / (plan["steps"] - warmup)
    return lowest + (highest - lowest) * (1 + math.cos(math.pi * done)) / 2


def train(model, ids, starts, plan):
    parameters = list(model.parameters())
    groups = [
        {"params": [each for each in parameters if each.ndim > 1], "weight_decay": plan["weightDecay"]},
        {"params": [each for each in parameters if each.ndim <= 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, betas=(0.9, plan["beta2"]), fused=True)
    within = torch.arange(plan["context"])
    losses = []
    begin = time.perf_counter()
    for step in range(plan["steps"]):
        places = starts[step][:, None] + within
        logits = model(ids[places])
        loss = functional.cross_entropy(logits.flatten(0, 1), ids[places + 1].flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, plan["maxGradNorm"])
        for group in optimizer.param_groups:
            group["lr"] = rate_of(step, plan)
        optimizer.step()
        losses.append(loss.item())
        if len(losses) % 500 == 0:
            seconds = time.perf_counter() - begin
            print(f"step {len(losses)}: loss {losses[-1]:.4f}, {seconds:.1f} s", file=sys.stderr)
    return {"losses": losses, "trainSeconds": time.perf_counter() - begin, "peakBytes": peak_bytes()}


@torch.inference_mode()
def evaluate(model, ids, plan):
    begin = time.perf_counter()
    size = plan["batchSize"] * plan["context"]
    total = 0.0
    for start in range(0, len(ids) - 1, size):
        inputs, labels = ids[start : start + size][: len(ids) - 1 - start], ids[start + 1 : start + 1 + size]
        missing = -len(inputs) % plan["context"]
        inputs = functional.pad(inputs, (0, missing)).view(-1, plan["context"])
        labels = functional.pad(labels, (0, missing), value=-100)
        logits = model(inputs).flatten(0, 1)
        total += functional.cross_entropy(logits, labels, reduction="none").double().sum().item()
    return {"evalLoss": total / (len(ids) - 1), "evalSeconds": time.perf_counter() - begin}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="where the result goes")
    args = parser.parse_args()

    plan = json.loads(args.plan.read_text("utf-8"))
    torch.set_num_threads(plan["threads"])

    def read_ids(name):
        return torch.from_numpy(numpy.fromfile(args.plan.parent / plan[name], numpy.int32).astype(numpy.int64))

    model = load_model(args.plan.parent / plan["model"])
    starts = read_ids("starts").view(plan["steps"], plan["batchSize"])
    result = {
        "versions": {"torch": torch.__version__},
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        **train(model, read_ids("train"), starts, plan),
        **evaluate(model, read_ids("eval"), plan),
    }
    args.out.write_text(json.dumps(result), "utf-8")


if __name__ == "__main__":
    main()
