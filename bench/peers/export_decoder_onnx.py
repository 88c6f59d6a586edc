"""Writes a decoder with its cache as ONNX for transformers.js, for any batch and length: `export_decoder_onnx.py DIRECTORY FILE`.

Inputs are input_ids (B, T), attention_mask (B, P + T), position_ids (B, T) and past_key_values.N.key and .value (B, H, P, K) of each layer;
outputs are logits (B, 1, V) of the last position, which is all that generating reads, and present.N.key and .value (B, H, P + T, K).
"""

import sys
from pathlib import Path

import torch
import transformers

directory, file = sys.argv[1], Path(sys.argv[2])
file.parent.mkdir(parents=True)
transformers.logging.disable_progress_bar()


class Step(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, position_ids, past):
        made = self.model(
            input_ids=input_ids,
            attention_mask=attention_mask,
            position_ids=position_ids,
            past_key_values=transformers.DynamicCache([tuple(past[i : i + 2]) for i in range(0, len(past), 2)]),
            logits_to_keep=1,
        )
        return made.logits, [part for layer in made.past_key_values.layers for part in (layer.keys, layer.values)]


model = transformers.AutoModelForCausalLM.from_pretrained(directory)
config = model.config
places = [f"{i}.{part}" for i in range(config.num_hidden_layers) for part in ("key", "value")]
# transformers.js reads the cache's shape from here: the axis batch_size is its batch, other axes are empty at first.
rows, new, read, all_ = "batch_size", "sequence_length", "past_sequence_length", "total_sequence_length"
shape = (2, config.num_attention_heads, 5, config.hidden_size // config.num_attention_heads)
torch.onnx.export(
    Step(model).eval(),
    (
        torch.zeros(2, 3, dtype=torch.int64),
        torch.ones(2, 8, dtype=torch.int64),
        torch.arange(5, 8).repeat(2, 1),
        [torch.zeros(shape) for _ in places],
    ),
    file,
    input_names=["input_ids", "attention_mask", "position_ids", *(f"past_key_values.{place}" for place in places)],
    output_names=["logits", *(f"present.{place}" for place in places)],
    dynamic_shapes=({0: rows, 1: new}, {0: rows, 1: all_}, {0: rows, 1: new}, [{0: rows, 2: read} for _ in places]),
    external_data=False,
    dynamo=True,
)
