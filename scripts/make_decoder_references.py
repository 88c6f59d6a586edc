"""Makes tiny models of every architecture of decoders by transformers, what they compute, and what they generate.

    python scripts/make_decoder_references.py test/fixtures/decoders

needs what make_encoder_references.py needs, whose layout a case has; case.json lists generations too.
"""

import json
import os
import sys

import torch
from make_encoder_references import BATCH, LENGTH, ONE, THREE, VOCABULARY, class_labels, make

GPT2 = dict(vocab_size=VOCABULARY, n_embd=8, n_layer=2, n_head=2, n_positions=32, eos_token_id=2, bos_token_id=1, pad_token_id=0)
LLAMA = dict(vocab_size=VOCABULARY, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
             intermediate_size=12, max_position_embeddings=32, eos_token_id=2, bos_token_id=1, pad_token_id=0)
NEOX = dict(vocab_size=VOCABULARY, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12,
            max_position_embeddings=32, eos_token_id=2, bos_token_id=1, pad_token_id=0)
OPT = dict(vocab_size=VOCABULARY, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, ffn_dim=12, word_embed_proj_dim=8,
           max_position_embeddings=32, eos_token_id=2, bos_token_id=1, pad_token_id=0)
SCALED = dict(factor=2.0, original_max_position_embeddings=16, rope_theta=10000.0)

CASES = {
    "gpt2": ("GPT2Model", GPT2),
    "gpt2-scaled-attention": ("GPT2LMHeadModel", dict(GPT2, scale_attn_by_inverse_layer_idx=True, n_inner=12)),
    "gpt2-plain-attention": ("GPT2LMHeadModel", dict(GPT2, scale_attn_weights=False, tie_word_embeddings=False)),
    "llama": ("LlamaModel", LLAMA),
    "llama-biases": ("LlamaForCausalLM", dict(LLAMA, attention_bias=True, mlp_bias=True, tie_word_embeddings=True)),
    "llama-heads": ("LlamaForCausalLM", dict(LLAMA, num_key_value_heads=4, head_dim=6)),
    "llama-llama3": ("LlamaForCausalLM", dict(LLAMA, rope_parameters=dict(
        SCALED, rope_type="llama3", low_freq_factor=1.0, high_freq_factor=4.0))),
    "llama-yarn": ("LlamaForCausalLM", dict(LLAMA, rope_parameters=dict(SCALED, rope_type="yarn"))),
    "llama-dynamic": ("LlamaForCausalLM", dict(LLAMA, rope_parameters=dict(
        rope_type="dynamic", factor=2.0, rope_theta=10000.0))),
    "mistral": ("MistralForCausalLM", dict(LLAMA, sliding_window=3)),
    "mistral-without-window": ("MistralForCausalLM", dict(LLAMA, sliding_window=None, head_dim=4)),
    "qwen2": ("Qwen2ForCausalLM", LLAMA),
    "qwen2-window": ("Qwen2ForCausalLM", dict(LLAMA, use_sliding_window=True, sliding_window=3, max_window_layers=1)),
    "gpt-neox": ("GPTNeoXForCausalLM", NEOX),
    "gpt-neox-base": ("GPTNeoXModel", dict(NEOX, attention_bias=False)),
    "gpt-neox-in-turn": ("GPTNeoXForCausalLM", dict(NEOX, use_parallel_residual=False, rope_parameters=dict(
        rope_type="default", rope_theta=10000.0, partial_rotary_factor=0.5))),
    "opt": ("OPTForCausalLM", OPT),
    "opt-base": ("OPTModel", OPT),
    "opt-projected": ("OPTForCausalLM", dict(OPT, word_embed_proj_dim=6)),
    "opt-norms-behind": ("OPTForCausalLM", dict(OPT, do_layer_norm_before=False)),
    "llama-longrope": ("LlamaForCausalLM", dict(LLAMA, rope_parameters=dict(
        rope_type="longrope", rope_theta=10000.0, short_factor=[1.0, 1.5], long_factor=[2.0, 5.0],
        original_max_position_embeddings=9))),
    "gpt2-classification": ("GPT2ForSequenceClassification", dict(GPT2, **THREE)),
    "llama-reward": ("LlamaForSequenceClassification", dict(LLAMA, **ONE)),
    "mistral-classification": ("MistralForSequenceClassification", dict(LLAMA, **THREE, sliding_window=3)),
    "qwen2-regression-of-several": ("Qwen2ForSequenceClassification", dict(LLAMA, **THREE, problem_type="regression")),
    "gpt-neox-classification": ("GPTNeoXForSequenceClassification", dict(NEOX, **THREE)),
    "opt-classification": ("OPTForSequenceClassification", dict(OPT, **THREE, word_embed_proj_dim=6)),
}

GENERATIONS = [
    dict(max_new_tokens=8),
    dict(max_new_tokens=8, num_beams=3, length_penalty=0.5),
    dict(max_new_tokens=8, repetition_penalty=1.3, min_new_tokens=4),
]


def inputs_of(architecture, config, generator):
    ids = torch.randint(3, VOCABULARY, (BATCH, LENGTH), generator=generator)
    mask = torch.ones((BATCH, LENGTH), dtype=torch.long)
    for row in range(1, BATCH):
        ids[row, LENGTH - row:] = 0
        mask[row, LENGTH - row:] = 0
    inputs = dict(input_ids=ids, attention_mask=mask)
    if "LM" in architecture:
        inputs["labels"] = torch.where(mask == 1, ids, torch.tensor(-100))
    if "SequenceClassification" in architecture:
        inputs["labels"] = class_labels(config, generator)
    return inputs


def generations(model, seed):
    generator = torch.Generator().manual_seed(seed)
    made = []
    for options in GENERATIONS:
        ids = torch.randint(3, VOCABULARY, (2, 6), generator=generator)
        mask = torch.ones_like(ids)
        ids[0, :2] = mask[0, :2] = 0
        output = model.generate(input_ids=ids, attention_mask=mask, do_sample=False, return_dict_in_generate=True,
                                output_scores=True, **options)
        prompt = ids.shape[1]
        ends = [(row[prompt:] == 2).nonzero() for row in output.sequences]
        lengths = [prompt + int(end[0]) + 1 if len(end) else len(row) for end, row in zip(ends, output.sequences)]
        scores = output.get("sequences_scores")
        made.append(dict(kwargs=options, input_ids=ids.tolist(), attention_mask=mask.tolist(),
                         expected=output.sequences.tolist(), lengths=lengths,
                         **(dict(sequences_scores=scores.tolist()) if scores is not None else {})))
    return made


if __name__ == "__main__":
    for seed, (name, (architecture, options)) in enumerate(CASES.items(), 101):
        model = make(sys.argv[1], name, architecture, options, seed, inputs_of)
        if "LM" in architecture:
            place = os.path.join(sys.argv[1], name, "case.json")
            with open(place) as file:
                case = json.load(file)
            with open(place, "w") as file:
                json.dump(dict(case, generation=generations(model, seed)), file, indent=1)
                file.write("\n")
        print(name)
