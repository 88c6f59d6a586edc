"""Reference values of Llama's MLP by transformers, and of RMSNorm by PyTorch, with their gradients for a probe.

pip install torch transformers; python test/parity/feed_forward/make_cases.py > test/fixtures/feed_forward/cases.json
"""

import json

import torch
from transformers.models.llama.configuration_llama import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaMLP

torch.manual_seed(3)


def flat(tensor):
    return {"shape": list(tensor.shape), "values": [round(x, 9) for x in tensor.detach().flatten().tolist()]}


def case(name, options, module, shape):
    module = module.double()
    for parameter in module.parameters():
        parameter.data = torch.randn_like(parameter)
    x = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    probe = torch.randn(shape, dtype=torch.float64)
    y = module(x)
    (y * probe).sum().backward()
    parameters = {
        key: {"value": flat(value), "gradient": flat(value.grad)} for key, value in module.named_parameters()
    }
    return {
        "layer": name,
        "options": options,
        "x": flat(x),
        "probe": flat(probe),
        "y": flat(y),
        "gradient": flat(x.grad),
        "parameters": parameters,
    }


def mlp(activation, bias):
    config = LlamaConfig(hidden_size=6, intermediate_size=5, hidden_act=activation, mlp_bias=bias, num_attention_heads=2)
    return LlamaMLP(config)


cases = [
    case("gatedFeedForward", {"hiddenDim": 5, "activation": ours, "useBias": bias}, mlp(theirs, bias), (2, 3, 6))
    for ours, theirs, bias in (
        ("silu", "silu", False),
        ("gelu", "gelu", True),
        ("geluTanh", "gelu_pytorch_tanh", False),
        ("relu", "relu", False),
    )
] + [
    case("rmsNorm", {"epsilon": epsilon}, torch.nn.RMSNorm(6, eps=epsilon), shape)
    for epsilon, shape in ((1e-6, (2, 3, 6)), (0.1, (4, 6)))
]
print(json.dumps(cases, separators=(",", ":")))
