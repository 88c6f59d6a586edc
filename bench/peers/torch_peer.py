"""PyTorch's side of a bench: `torch_peer.py JSON`, JSON being {"task": a Task of bench/src/works.ts, "threads": N}."""

import json
import sys

import torch
import torch.nn.functional as F

from serve import serve
from torch_models import CLASSES, Attention, Classifier, MaskedLm, Seq2Seq

FIRST_ID = 4

arguments = json.loads(sys.argv[1])
task, sizes = arguments["task"], arguments["task"]["sizes"]
torch.set_num_threads(arguments["threads"])
torch.manual_seed(1)


def random_ids(*shape, end, first=0):
    return torch.randint(first, end, shape)


batch, vocabulary = sizes["batch"], sizes.get("vocabulary")
if task["model"] == "attention":
    model = Attention(sizes)
elif task["model"] == "seq2seq":
    model = Seq2Seq(sizes)
    labels = random_ids(batch, sizes["targetLength"], end=vocabulary, first=FIRST_ID)
    inputs = (random_ids(batch, sizes["sourceLength"], end=vocabulary, first=FIRST_ID), labels)
else:
    length = sizes["length"]
    inputs = (random_ids(batch, length, end=vocabulary),)
    if task["model"] == "classifier":
        model, labels = Classifier(sizes), random_ids(batch, end=CLASSES)
    else:
        model, labels = MaskedLm(sizes), random_ids(batch, length, end=vocabulary)


def compute_loss():
    if task["model"] == "attention":
        return model()
    with torch.autocast("cpu", torch.bfloat16, enabled=task["precision"] == "bfloat16"):
        return F.cross_entropy(model(*inputs).flatten(0, -2), labels.flatten())


def update():
    optimizer.zero_grad()
    loss = compute_loss()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item()


def differentiate():
    model.zero_grad()
    model.x.grad = None
    loss = compute_loss()
    loss.backward()
    return loss.item()


@torch.inference_mode()
def infer():
    return compute_loss().item()


model.train(task["training"])
if task["model"] == "attention":
    run = differentiate
elif task["training"]:
    run = update
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.01, fused=True)
else:
    run = infer
parameters = sum(parameter.numel() for parameter in model.parameters())
serve(f"PyTorch {torch.__version__}", parameters, run)
