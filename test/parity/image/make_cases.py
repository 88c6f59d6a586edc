"""Reference values of pairwise and patchwise self-attention, from the paper's formulas with PyTorch's unfold, in double precision.

pip install torch; python test/parity/image/make_cases.py > test/fixtures/image/cases.json
"""

import json

import torch
from torch.nn.functional import linear, relu, unfold

torch.manual_seed(7)
BATCH, HEIGHT, WIDTH, CHANNELS, OUTPUT, REL, HIDDEN, SHARE = 2, 3, 4, 2, 4, 2, 3, 2
PLANES = OUTPUT // SHARE


def flat(tensor):
    return {"shape": list(tensor.shape), "values": [round(x, 7) for x in tensor.detach().flatten().tolist()]}


def footprints(image, kernel, dilation):
    """(B, H, W, C) -> (B, H, W, K*K, C), zeros outside."""
    batch, height, width, channels = image.shape
    padding = dilation * (kernel - 1) // 2
    columns = unfold(image.permute(0, 3, 1, 2), kernel, dilation=dilation, padding=padding)
    return columns.view(batch, channels, kernel * kernel, height, width).permute(0, 3, 4, 2, 1)


def read(weights, x, mask, kernel, dilation):
    """Sum over the footprint, where channel c takes weight c mod PLANES."""
    values = footprints(linear(x, weights["value_kernel"].T, weights["value_bias"]) * mask, kernel, dilation)
    return (weights["of"].repeat(1, 1, 1, 1, SHARE) * values).sum(3)


def gamma(weights, relation):
    hidden = relu(linear(relation, weights["hidden_kernel"].T, weights["hidden_bias"]))
    return linear(hidden, weights["weight_kernel"].T, weights.get("weight_bias"))


def prepare(weights, x, mask, kernel, dilation):
    phi = linear(x, weights["query_kernel"].T, weights["query_bias"]) * mask
    psi = linear(x, weights["key_kernel"].T, weights["key_bias"]) * mask
    allowed = footprints(mask.expand(BATCH, HEIGHT, WIDTH, 1).to(x.dtype), kernel, dilation) * mask.unsqueeze(3)
    return phi, psi, allowed


def pairwise(weights, x, mask, relation, positions, kernel, dilation):
    phi, psi, allowed = prepare(weights, x, mask, kernel, dilation)
    one = phi.unsqueeze(3).expand(-1, -1, -1, kernel * kernel, -1)
    other = footprints(psi, kernel, dilation)
    related = {
        "summation": lambda: one + other,
        "subtraction": lambda: one - other,
        "concatenation": lambda: torch.cat([one, other], -1),
        "hadamard": lambda: one * other,
        "dot": lambda: (one * other).sum(-1, keepdim=True),
    }[relation]()
    if positions:
        # What is outside of the image has coordinates too, though no weight.
        reach = dilation * (kernel - 1) // 2
        down, right = torch.meshgrid(
            torch.arange(-reach, HEIGHT + reach) * 2 / (HEIGHT - 1) - 1,
            torch.arange(-reach, WIDTH + reach) * 2 / (WIDTH - 1) - 1,
            indexing="ij",
        )
        coordinates = torch.stack([right, down], -1).to(x.dtype) @ weights["position_kernel"]
        columns = unfold(coordinates.permute(2, 0, 1).unsqueeze(0), kernel, dilation=dilation)
        around = columns.view(1, 2, kernel * kernel, HEIGHT, WIDTH).permute(0, 3, 4, 2, 1)
        here = coordinates[reach : HEIGHT + reach, reach : WIDTH + reach].view(1, HEIGHT, WIDTH, 1, 2)
        related = torch.cat([related, (here - around).expand(BATCH, -1, -1, -1, -1)], -1)
    scores = gamma(weights, related).masked_fill(allowed == 0, -torch.inf)
    of = torch.softmax(scores, 3).nan_to_num(0)
    return read({**weights, "of": of}, x, mask, kernel, dilation), of


def patchwise(weights, x, mask, relation, kernel, dilation):
    phi, psi, allowed = prepare(weights, x, mask, kernel, dilation)
    ones, others = (footprints(each, kernel, dilation) for each in (phi, psi))
    related = {
        "star": lambda: torch.einsum("bhwr,bhwkr->bhwk", phi, others),
        "clique": lambda: torch.einsum("bhwjr,bhwkr->bhwjk", ones, others).flatten(3),
        "concatenation": lambda: torch.cat([phi, others.flatten(3)], -1),
    }[relation]()
    of = gamma(weights, related).unflatten(-1, (kernel * kernel, PLANES)) * allowed
    return read({**weights, "of": of}, x, mask, kernel, dilation), of


def case(kind, relation, positions=True, kernel=3, dilation=1, masked=False):
    places = kernel * kernel
    if kind == "pairwise":
        width = {"concatenation": 2 * REL, "dot": 1}.get(relation, REL) + (2 if positions else 0)
        made = PLANES
    else:
        width = {"star": places, "clique": places**2, "concatenation": (1 + places) * REL}[relation]
        made = places * PLANES
    shapes = {
        **{f"{name}_kernel": (CHANNELS, units) for name, units in (("query", REL), ("key", REL), ("value", OUTPUT))},
        **{f"{name}_bias": (units,) for name, units in (("query", REL), ("key", REL), ("value", OUTPUT))},
        "hidden_kernel": (width, HIDDEN),
        "hidden_bias": (HIDDEN,),
        "weight_kernel": (HIDDEN, made),
    }
    if kind == "pairwise" and positions:
        shapes["position_kernel"] = (2, 2)
    if kind == "patchwise":
        shapes["weight_bias"] = (made,)
    draw = lambda shape: torch.randn(shape, dtype=torch.float64)
    inputs = {"x": draw((BATCH, HEIGHT, WIDTH, CHANNELS)), **{name: draw(shape) for name, shape in shapes.items()}}
    probe = draw((BATCH, HEIGHT, WIDTH, OUTPUT))
    flags = torch.ones(BATCH, HEIGHT, WIDTH, 1)
    if masked:
        flags[0, 0, 1] = flags[0, 2, 3] = 0
        flags[1] = 0

    def outcome(dtype):
        given = {name: each.to(dtype, copy=True).requires_grad_() for name, each in inputs.items()}
        weights = {name: each for name, each in given.items() if name != "x"}
        arguments = {"kernel": kernel, "dilation": dilation, "relation": relation}
        if kind == "pairwise":
            y, of = pairwise(weights, given["x"], flags, positions=positions, **arguments)
        else:
            y, of = patchwise(weights, given["x"], flags, **arguments)
        (y * probe.to(dtype)).sum().backward()
        return {"y": y, "weights": of}, {name: each.grad for name, each in given.items()}

    def noise(exact, rounded):
        return max((exact[name] - rounded[name]).abs().max().item() for name in exact)

    outputs, gradients = outcome(torch.float64)
    rounded_outputs, rounded_gradients = outcome(torch.float32)
    options = {
        "outputDim": OUTPUT,
        "relDim": REL,
        "hiddenDim": HIDDEN,
        "kernelSize": kernel,
        "dilation": dilation,
        "sharePlanes": SHARE,
        "relation": relation,
        **({"usePositions": positions} if kind == "pairwise" else {}),
    }
    tensors = {
        "probe.y": probe,
        "input.x": inputs["x"],
        "grad.input.x": gradients["x"],
        **{f"output.{name}": each for name, each in outputs.items()},
        **{f"param.{name}": inputs[name] for name in shapes},
        **{f"grad.param.{name}": gradients[name] for name in shapes},
        **({"mask": flags.squeeze(3)} if masked else {}),
    }
    return {
        "kind": kind,
        "options": options,
        "noise": {
            "output_max_abs": noise(outputs, rounded_outputs),
            "grad_max_abs": noise(gradients, rounded_gradients),
        },
        "tensors": {name: flat(each) for name, each in tensors.items()},
    }


cases = [
    case("pairwise", "subtraction"),
    case("pairwise", "summation", masked=True),
    case("pairwise", "concatenation", dilation=2),
    case("pairwise", "hadamard", positions=False, masked=True),
    case("pairwise", "dot", kernel=5),
    case("patchwise", "star", masked=True),
    case("patchwise", "clique"),
    case("patchwise", "concatenation", dilation=2, masked=True),
]
print(json.dumps(cases, separators=(",", ":")))
