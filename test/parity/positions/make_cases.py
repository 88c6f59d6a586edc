"""Reference values of rotary positions with every kind of scaling, and of an image's, by the package transformers.

pip install torch transformers; python test/parity/positions/make_cases.py > test/fixtures/positions/cases.json
"""

import json

import torch
from transformers import LlamaConfig
from transformers.models.detr.modeling_detr import DetrSinePositionEmbedding
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding, apply_rotary_pos_emb
from transformers.models.vit_mae.modeling_vit_mae import build_2d_sinusoidal_position_embedding

torch.manual_seed(7)
HEAD, TRAINED = 8, 16


def rounded(tensor):
    return [round(value, 8) for value in tensor.flatten().tolist()]


def case(first, length, base=10000.0, **scaling):
    config = LlamaConfig(
        hidden_size=HEAD,
        num_attention_heads=1,
        max_position_embeddings=TRAINED,
        rope_parameters={"rope_theta": base, **scaling},
    )
    x = torch.randn(1, 1, length, HEAD)
    places = torch.arange(first, first + length)[None]
    cosine, sine = LlamaRotaryEmbedding(config)(x, places)
    turned = apply_rotary_pos_emb(x, x, cosine, sine)[0]
    return {
        "first": first,
        "shape": list(x.shape),
        "trained": TRAINED,
        "base": base,
        "scaling": scaling,
        "x": rounded(x),
        "turned": rounded(turned),
    }


yarn = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": TRAINED}
llama3 = {"rope_type": "llama3", "low_freq_factor": 1.0, "high_freq_factor": 4.0}
longrope = {
    "rope_type": "longrope",
    "short_factor": [1.0, 1.1, 1.3, 2.0],
    "long_factor": [1.0, 2.0, 5.0, 9.0],
    "original_max_position_embeddings": TRAINED,
}
rotary = [
    case(5, 3, rope_type="default"),
    case(5, 3, base=500.0, rope_type="default"),
    case(5, 3, rope_type="linear", factor=4.0),
    case(5, 3, rope_type="dynamic", factor=2.0),
    case(14, 3, rope_type="dynamic", factor=2.0),
    case(40, 3, rope_type="dynamic", factor=4.0),
    case(30, 3, **yarn),
    case(30, 3, **yarn, truncate=False),
    case(30, 3, **yarn, beta_fast=4.0, beta_slow=0.5),
    case(30, 3, **yarn, attention_factor=0.5),
    case(30, 3, **yarn, mscale=0.7, mscale_all_dim=1.5),
    case(30, 3, **{**llama3, "factor": 8.0, "original_max_position_embeddings": TRAINED}),
    case(30, 3, **{**llama3, "factor": 8.0, "original_max_position_embeddings": 256, "high_freq_factor": 32.0}),
    case(12, 3, **longrope, factor=4.0),
    case(13, 4, **longrope, factor=4.0),
    case(30, 3, **longrope, factor=4.0, attention_factor=0.8),
]
ROWS, COLUMNS = 3, 4
detr = DetrSinePositionEmbedding(HEAD // 2)((1, HEAD, ROWS, COLUMNS), "cpu", torch.float32)  # (1, D, Y, X), from 1 on
image = {
    "shape": [ROWS, COLUMNS, HEAD],
    "detr": rounded(detr.permute(0, 2, 3, 1)),
    "mae": rounded(build_2d_sinusoidal_position_embedding(ROWS, COLUMNS, HEAD)),
}
print(json.dumps({"rotary": rotary, "image": image}, separators=(",", ":")))
