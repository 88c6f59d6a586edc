"""Makes what transformers generates by contrastive search, of the models in test/fixtures/decoders.

    python scripts/make_contrastive_references.py test/fixtures

needs transformers 4.46 and torch; later versions have it no more.
"""

import json
import os
import sys

import torch
from transformers import AutoModelForCausalLM

MODELS = ["gpt2-plain-attention", "gpt2-scaled-attention", "opt", "opt-norms-behind", "qwen2"]
WAYS = [dict(penalty_alpha=0.6, top_k=4), dict(penalty_alpha=0.9, top_k=3), dict(penalty_alpha=0.3, top_k=8, repetition_penalty=1.5)]


def cases(directory):
    for seed, name in enumerate(MODELS):
        place = os.path.join(directory, "decoders", name, "checkpoint")
        # The other implementation takes no notice of scale_attn_weights.
        model = AutoModelForCausalLM.from_pretrained(place, attn_implementation="eager")
        generator = torch.Generator().manual_seed(seed)
        for way in WAYS:
            ids = torch.randint(3, model.config.vocab_size, (1, 5), generator=generator)
            with torch.no_grad():
                made = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=12, **way)
            yield dict(model=name, kwargs=dict(way, max_new_tokens=12), input_ids=ids.tolist(), expected=made.tolist())


with open(os.path.join(sys.argv[1], "generation", "contrastive.json"), "w") as file:
    json.dump(list(cases(sys.argv[1])), file, indent=1)
    file.write("\n")
