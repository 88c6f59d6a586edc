"""Parameters after steps of Hugging Face's Adafactor, in float64.

pip install torch transformers; python test/parity/optimizers/make_adafactor_cases.py > test/fixtures/adafactor.json
"""

import json
import math

import torch
import transformers
from transformers.optimization import Adafactor

SHAPES = {"kernel": [3, 2], "stack": [2, 2, 3], "bias": [2], "gain": []}
STEPS = 20


def wave(shape, seed):
    values = [math.sin(1.7 * k + 0.9 * seed) / 2 for k in range(math.prod(shape))]
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def case(options, **theirs):
    parameters = [wave(shape, i + 1).requires_grad_() for i, shape in enumerate(SHAPES.values())]
    optimizer = Adafactor(parameters, lr=0.05, relative_step=False, **theirs)
    for step in range(1, STEPS + 1):
        for i, parameter in enumerate(parameters):
            parameter.grad = wave(parameter.shape, 10 * step + i)
        optimizer.step()
    rounded = [[round(x, 10) for x in parameter.flatten().tolist()] for parameter in parameters]
    return {"options": options, "expected": dict(zip(SHAPES, rounded))}


print(
    json.dumps(
        {
            "library": f"transformers {transformers.__version__}, float64; parameter i of n values: "
            "sin(1.7 k + 0.9 (i + 1)) / 2, its gradient at step s: sin(1.7 k + 0.9 (10 s + i)) / 2; "
            f"{STEPS} steps at 0.05",
            "shapes": SHAPES,
            "cases": [
                case({}),
                case({"scaleParameter": False}, scale_parameter=False),
                case({"beta1": 0.9, "weightDecay": 0.1}, beta1=0.9, weight_decay=0.1),
                case(
                    {"decayRate": 0.5, "clipThreshold": 0.7, "epsilon": 1e-3, "minimumScale": 0.4},
                    decay_rate=-0.5,
                    clip_threshold=0.7,
                    eps=(1e-3, 0.4),
                ),
            ],
        },
        indent=1,
    )
)
