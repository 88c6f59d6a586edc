"""Trains PyTorch's Transformer layers of test/fixtures/layers by AdamW and writes what every step gave.

    python3 -m pip install torch safetensors
    python3 test/parity/trajectories/make_cases.py > test/fixtures/trajectories.json

The loss is the mean of (output - probe)^2. AdamW decays all parameters, gradients are clipped to a norm of 1, the rate
warms up for 2 of 6 steps and falls to 0 linearly. `noise` is the largest difference to the same in float64.
"""

import json
import pathlib

import torch
from safetensors.torch import load_file

LAYERS = pathlib.Path(__file__).parents[2] / "fixtures" / "layers"
STEPS, WARMUP, RATE, DECAY = 6, 2, 0.01, 0.01


def train(name, dtype):
    tensors = load_file(LAYERS / f"{name}.safetensors")
    hyper = json.loads((LAYERS / f"{name}.json").read_text())["hyper"]
    kind = torch.nn.TransformerEncoderLayer if name.startswith("encoder") else torch.nn.TransformerDecoderLayer
    layer = kind(**hyper).to(dtype)
    layer.load_state_dict({key[6:]: value for key, value in tensors.items() if key.startswith("param.")})
    inputs = {key[6:]: value for key, value in tensors.items() if key.startswith("input.")}
    inputs = {key: value.to(dtype) if value.is_floating_point() else value.bool() for key, value in inputs.items()}
    target = tensors["probe.output"].to(dtype)
    optimizer = torch.optim.AdamW(layer.parameters(), lr=RATE, weight_decay=DECAY)
    rate = lambda step: step / WARMUP if step < WARMUP else (STEPS - step) / (STEPS - WARMUP)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    result = {"lrs": [], "losses": [], "grad_norms": []}
    loss_of = lambda: torch.mean((layer(**inputs) - target) ** 2)
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = loss_of()
        loss.backward()
        result["lrs"].append(optimizer.param_groups[0]["lr"])
        result["losses"].append(loss.item())
        result["grad_norms"].append(torch.nn.utils.clip_grad_norm_(layer.parameters(), 1.0).item())
        optimizer.step()
        schedule.step()
    result["final_loss"] = loss_of().item()
    return result


def flat(result):
    return [*result["losses"], *result["grad_norms"], result["final_loss"]]


cases = {}
for path in sorted(LAYERS.glob("*coder-layer-*.safetensors")):
    single, double = (train(path.stem, dtype) for dtype in (torch.float32, torch.float64))
    noise = max(abs(a - b) for a, b in zip(flat(single), flat(double)))
    cases[path.stem] = {**single, "noise": noise}
print(json.dumps({"library": f"torch {torch.__version__}", "cases": cases}, indent=1))
