"""Reference values of losses by PyTorch, with the gradients of their logits.

pip install torch; python test/parity/losses/make_cases.py > test/fixtures/losses/cases.json
"""

import json

import torch
import torch.nn.functional as F

torch.manual_seed(5)


def data(tensor):
    kind = "float32" if tensor.dtype.is_floating_point else "int32"
    return {"shape": list(tensor.shape), "type": kind, "values": [round(x, 9) for x in tensor.flatten().tolist()]}


def case(name, loss, logits, labels, options):
    logits = logits.double().requires_grad_()
    value = loss(logits, labels)
    value.backward()
    return {
        "loss": name,
        "options": {key: data(option) if torch.is_tensor(option) else option for key, option in options.items()},
        "logits": data(logits.detach()),
        "labels": data(labels),
        "value": round(value.item(), 9),
        "gradient": data(logits.grad),
    }


def cross_entropy(logits, labels, weight=None, smoothing=0.0, ignored=-100):
    def loss(x, y):
        x = x.movedim(-1, 1)  # classes are PyTorch's second axis
        return F.cross_entropy(x, y, weight=weight, label_smoothing=smoothing, ignore_index=ignored)

    options = {"labelSmoothing": smoothing, "ignoreIndex": ignored}
    if weight is not None:
        options["classWeights"] = weight
    return case("crossEntropy", loss, logits, labels, options)


def binary(logits, labels, positive=None, weight=None):
    def loss(x, y):
        return F.binary_cross_entropy_with_logits(x, y.double(), weight=weight, pos_weight=positive)

    options = {"positiveWeights": positive, "weights": weight}
    options = {key: value for key, value in options.items() if value is not None}
    return case("binaryCrossEntropy", loss, logits, labels, options)


logits = 3 * torch.randn(2, 3, 5)
labels = torch.tensor([[2, -100, 0], [4, -100, 2]])
weight = torch.tensor([0.5, 1.0, 2.5, 0.0, 0.25], dtype=torch.float64)
scores = 4 * torch.randn(3, 4)
hits = torch.tensor([[1, 0, 0, 1], [0, 0, 1, 1], [1, 1, 0, 0]])
shares = torch.rand(3, 4)
positive = torch.tensor([0.5, 1.0, 3.0, 8.0], dtype=torch.float64)
rows = torch.tensor([[1.0], [0.0], [2.0]], dtype=torch.float64)
extreme = torch.tensor([[1000.0, -1000.0, 0.0, 50.0], [-50.0, 1e-3, 20.0, -20.0], [88.0, -104.0, 17.0, -17.0]])

cases = [
    *(
        cross_entropy(logits, labels, weight, smoothing)
        for smoothing in (0.0, 0.1, 1.0)
    ),
    cross_entropy(logits, torch.where(labels == -100, 1, labels), weight, 0.2, 1),
    cross_entropy(logits[0], torch.tensor([0, 3, 2]), weight, 0.3),
    cross_entropy(logits, labels, None, 0.1),
    *(binary(scores, y) for y in (hits, shares)),
    *(binary(scores, y, positive) for y in (hits, shares)),
    binary(scores, hits, torch.tensor(2.5, dtype=torch.float64)),
    binary(scores, shares, positive, rows),
    binary(scores, hits, None, torch.rand(3, 4).double()),
    *(binary(extreme, y, p) for y in (hits, 1 - hits) for p in (None, positive)),
    case("meanSquaredError", lambda x, y: F.mse_loss(x, y.double()), scores, shares, {}),
    case("meanSquaredError", lambda x, y: F.mse_loss(x, y.double()), scores[0], hits[0], {}),
]
print(json.dumps({"library": f"PyTorch {torch.__version__}, float64", "cases": cases}, separators=(",", ":")))
