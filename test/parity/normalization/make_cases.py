"""Reference values of sparsemax and 1.5-entmax by the package entmax, with their gradients for a probe.

pip install torch entmax; python test/parity/normalization/make_cases.py > test/fixtures/normalization/entmax.json
"""

import json

import torch
from entmax import entmax15, sparsemax

torch.manual_seed(7)


def case(name, function, scores):
    scores = scores.double().requires_grad_()
    probe = torch.randn(scores.shape, dtype=torch.float64)
    weights = function(scores, dim=-1)
    (weights * probe).sum().backward()
    rows = {"scores": scores, "probe": probe, "weights": weights, "gradient": scores.grad}
    return {
        "normalization": name,
        "shape": list(scores.shape),
        **{key: [round(x, 9) for x in value.detach().flatten().tolist()] for key, value in rows.items()},
    }


cases = [
    case(name, function, scores)
    for name, function in (("sparsemax", sparsemax), ("entmax15", entmax15))
    for scores in (
        torch.randn(2, 3, 5),
        3 * torch.randn(1, 2, 3, 9),
        0.1 * torch.randn(1, 2, 7),
        torch.tensor([[[1.0, 1.0, 1.0], [4.0, 4.0, -4.0]]]),
        torch.zeros(1, 1, 1),
    )
]
print(json.dumps(cases, separators=(",", ":")))
