"""PyTorch's side of a bench: `sentences_peer.py JSON`, JSON being SentenceArguments of bench/src/sentences.ts."""

import json
import os
import sys

argument = json.loads(sys.argv[1])
if argument["threads"] == 1:
    os.environ["TOKENIZERS_PARALLELISM"] = "false"

import torch
import torch.nn.functional as F
import transformers

from serve import serve

torch.set_num_threads(argument["threads"])
transformers.logging.disable_progress_bar()
texts = argument["texts"]
tokenizer = transformers.AutoTokenizer.from_pretrained(argument["directory"])
model = transformers.AutoModel.from_pretrained(argument["directory"], add_pooling_layer=False).eval()


@torch.inference_mode()
def embed():
    """As the card of the checkpoint has it."""
    inputs = tokenizer(texts, padding=True, truncation=True, max_length=256, return_tensors="pt")
    states = model(**inputs).last_hidden_state
    mask = inputs["attention_mask"][:, :, None].float()
    embeddings = F.normalize((states * mask).sum(1) / mask.sum(1), dim=1)
    return embeddings.numpy()[0, 0].item()


serve(
    f"PyTorch {torch.__version__}, transformers {transformers.__version__}",
    sum(parameter.numel() for parameter in model.parameters()),
    embed,
    examples=len(texts),
)
