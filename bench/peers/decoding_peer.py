"""PyTorch's side of a bench: `decoding_peer.py JSON CACHE`, JSON being DecodingArguments of bench/src/decoding.ts, CACHE dynamic or
static."""

import functools
import json
import sys

import torch
import transformers

from serve import serve

argument, cache = json.loads(sys.argv[1]), sys.argv[2]
torch.set_num_threads(argument["threads"])
transformers.logging.disable_progress_bar()
transformers.logging.set_verbosity_error()
model = transformers.AutoModelForCausalLM.from_pretrained(argument["directory"]).eval()
prompts = torch.tensor(argument["prompts"])
options = {"cache_implementation": "static", "disable_compile": True} if cache == "static" else {}


def checksum(ids):
    """As in bench/src/checksum.ts."""
    return functools.reduce(lambda total, token: (31 * total + token) % 1_000_003, ids, 0)


@torch.inference_mode()
def generate():
    made = model.generate(
        prompts,
        attention_mask=torch.ones_like(prompts),
        max_new_tokens=argument["newTokens"],
        do_sample=False,
        pad_token_id=0,
        **options,
    )
    return checksum(made.flatten().tolist())


serve(
    f"PyTorch {torch.__version__}, transformers {transformers.__version__}, {cache} cache",
    sum(parameter.numel() for parameter in model.parameters()),
    generate,
    newTokens=argument["newTokens"],
)
