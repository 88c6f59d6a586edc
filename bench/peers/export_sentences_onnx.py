"""Writes an encoder as ONNX for transformers.js, for any batch and length: `export_sentences_onnx.py DIRECTORY FILE`."""

import sys
from pathlib import Path

import torch
import transformers

directory, file = sys.argv[1], Path(sys.argv[2])
file.parent.mkdir(parents=True)
transformers.logging.disable_progress_bar()


class States(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, token_type_ids):
        return self.model(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state


model = transformers.AutoModel.from_pretrained(directory, attn_implementation="eager", add_pooling_layer=False).eval()
names = ["input_ids", "attention_mask", "token_type_ids"]
batch, length = torch.export.Dim("batch", min=1), torch.export.Dim("length", min=2, max=512)
# Three tensors: one that were given twice would be taken for one input.
inputs = tuple(torch.full((2, 16), value) for value in (100, 1, 0))
torch.onnx.export(
    States(model),
    inputs,
    file,
    input_names=names,
    output_names=["last_hidden_state"],
    dynamic_shapes={name: {0: batch, 1: length} for name in names},
    external_data=False,
    dynamo=True,
)
