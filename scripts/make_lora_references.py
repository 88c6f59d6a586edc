"""Makes tiny models of BERT with LoRA adapters by peft, and what they compute.

    python scripts/make_lora_references.py test/fixtures/lora

needs torch, transformers, peft and safetensors. NAME/base has a checkpoint, NAME/adapter what peft saves of an adapter on it,
NAME/io.safetensors `input.*`, `output.logits` and `output.loss`, `base.logits` without the adapter, `merged.logits` of the
merged checkpoint, and `grad.*` of what is trained, by the names of the adapter's file. All weights are random.
"""

import os
import shutil
import sys

import peft
import torch
import transformers
from safetensors.torch import save_file

VOCABULARY, LENGTH, BATCH, CLASSES = 41, 9, 3, 3

SIZES = dict(vocab_size=VOCABULARY, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48,
             max_position_embeddings=16, num_labels=CLASSES)
SEQUENCE, TOKEN = transformers.BertForSequenceClassification, transformers.BertForTokenClassification

CASES = {
    # The task adds the classifier to what is saved.
    "query-value": (SEQUENCE, dict(target_modules=["query", "value"], task_type="SEQ_CLS", lora_dropout=0.1)),
    "all-linear": (TOKEN, dict(target_modules="all-linear", task_type="TOKEN_CLS", modules_to_save=["classifier"])),
    "rank-stabilized": (SEQUENCE, dict(target_modules=["query", "value"], use_rslora=True)),
    "patterns": (SEQUENCE, dict(
        target_modules=r".*\.(?:query|key|dense)", exclude_modules=["pooler.dense"],
        rank_pattern={"query": 2, r"layer\.1\.output\.dense": 3}, alpha_pattern={"layer.0.attention.self.query": 5},
        modules_to_save=["classifier"])),
}


def randomize(parameters, scale):
    with torch.no_grad():
        for parameter in parameters:
            parameter.add_(torch.randn_like(parameter) * scale)


def make(directory, kind, options):
    shutil.rmtree(directory, ignore_errors=True)
    config = transformers.BertConfig(**SIZES, attn_implementation="eager")
    base = kind(config)
    randomize(base.parameters(), 0.1)
    base.save_pretrained(f"{directory}/base")
    base = kind.from_pretrained(f"{directory}/base", attn_implementation="eager").eval()

    inputs = dict(
        input_ids=torch.randint(1, VOCABULARY, (BATCH, LENGTH)),
        attention_mask=(torch.arange(LENGTH)[None] < torch.tensor([LENGTH, 5, 7])[:, None]).long(),
        token_type_ids=torch.randint(0, 2, (BATCH, LENGTH)),
    )
    labels = torch.randint(0, CLASSES, (BATCH,) if kind is SEQUENCE else (BATCH, LENGTH))
    if kind is TOKEN:
        labels[inputs["attention_mask"] == 0] = -100
    with torch.no_grad():
        without = base(**inputs).logits

    model = peft.get_peft_model(base, peft.LoraConfig(r=4, lora_alpha=8, **options)).eval()
    model.peft_config["default"].base_model_name_or_path = "base"
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    randomize(trained, 0.2)
    model.save_pretrained(f"{directory}/adapter")
    os.remove(f"{directory}/adapter/README.md")

    output = model(**inputs, labels=labels)
    output.loss.backward()
    gradients = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            name = name.replace(".default.", ".").replace("modules_to_save.", "")
            gradients[f"grad.{name}"] = parameter.grad.clone()
    merged = model.merge_and_unload()
    with torch.no_grad():
        after = merged(**inputs).logits

    tensors = {f"input.{name}": value.int() for name, value in dict(inputs, labels=labels).items()}
    tensors |= {"base.logits": without, "output.logits": output.logits, "output.loss": output.loss, "merged.logits": after}
    save_file({name: each.detach().contiguous() for name, each in {**tensors, **gradients}.items()},
              f"{directory}/io.safetensors")


def main():
    (root,) = sys.argv[1:]
    for seed, (name, (kind, options)) in enumerate(CASES.items()):
        torch.manual_seed(seed)
        make(f"{root}/{name}", kind, options)
        print(name)


main()
