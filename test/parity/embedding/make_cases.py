"""Reference values of ViT's embeddings by transformers, with their gradients for a probe.

pip install torch transformers; python test/parity/embedding/make_cases.py > test/fixtures/embedding/vit.json
"""

import json

import torch
from transformers.models.vit.configuration_vit import ViTConfig
from transformers.models.vit.modeling_vit import ViTEmbeddings

torch.manual_seed(5)
IMAGE, PATCH, CHANNELS, WIDTH = (4, 6), (2, 3), 3, 4


def flat(tensor):
    return {"shape": list(tensor.shape), "values": [round(x, 7) for x in tensor.detach().flatten().tolist()]}


embeddings = ViTEmbeddings(
    ViTConfig(image_size=IMAGE, patch_size=PATCH, num_channels=CHANNELS, hidden_size=WIDTH, hidden_dropout_prob=0.0)
).double()
for parameter in embeddings.parameters():
    parameter.data = torch.randn_like(parameter)
x = torch.randn((2, CHANNELS, *IMAGE), dtype=torch.float64, requires_grad=True)
y = embeddings(x)
probe = torch.randn_like(y)
(y * probe).sum().backward()
print(
    json.dumps(
        {
            "patchSize": PATCH,
            "x": flat(x),
            "probe": flat(probe),
            "y": flat(y),
            "gradient": flat(x.grad),
            "parameters": {
                name: {"value": flat(each), "gradient": flat(each.grad)} for name, each in embeddings.named_parameters()
            },
        },
        separators=(",", ":"),
    )
)
