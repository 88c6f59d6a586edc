"""Writes the classifier, with random weights, as transformers.js loads it: `export_onnx.py JSON DIRECTORY`."""

import json
import sys
from pathlib import Path

import torch

from torch_models import CLASSES, Classifier

sizes, directory = json.loads(sys.argv[1]), Path(sys.argv[2])
(directory / "onnx").mkdir(parents=True)
config = {"model_type": "bert", "architectures": ["BertForSequenceClassification"], "num_labels": CLASSES}
(directory / "config.json").write_text(json.dumps(config))

torch.manual_seed(1)
ids = torch.zeros(sizes["batch"], sizes["length"], dtype=torch.int64)
torch.onnx.export(
    Classifier(sizes).eval(),
    (ids,),
    directory / "onnx" / "model.onnx",
    input_names=["input_ids"],
    output_names=["logits"],
    external_data=False,
    dynamo=True,
)
