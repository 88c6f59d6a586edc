"""Makes tiny models of every architecture of encoders and every head by transformers, and what they compute.

    python scripts/make_encoder_references.py test/fixtures/encoders

needs torch, transformers and safetensors. The layout of a case is that of test/fixtures/models: checkpoint/ (config.json,
model.safetensors), io.safetensors (input.*, output.*, grad.*), case.json. Weights are random, all of them, with enough spread
that every part bears on the results.
"""

import copy
import json
import os
import shutil
import sys

import torch
import transformers
from safetensors.torch import save_file

VOCABULARY, LENGTH, BATCH = 31, 7, 3

BERT = dict(vocab_size=VOCABULARY, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12,
            max_position_embeddings=14, type_vocab_size=2)
DISTIL = dict(vocab_size=VOCABULARY, dim=8, n_layers=2, n_heads=2, hidden_dim=12, max_position_embeddings=14)
ROBERTA = dict(BERT, type_vocab_size=1, pad_token_id=1, bos_token_id=0, eos_token_id=2)
ALBERT = dict(BERT, embedding_size=6, hidden_act="gelu_new")
ELECTRA = dict(BERT, embedding_size=6)
THREE = dict(id2label={0: "a", 1: "b", 2: "c"}, label2id={"a": 0, "b": 1, "c": 2})
ONE = dict(id2label={0: "LABEL_0"}, label2id={"LABEL_0": 0})

CASES = {
    "bert-relu-untied": ("BertForMaskedLM", dict(BERT, hidden_act="relu", tie_word_embeddings=False)),
    "bert-silu-no-padding-id": ("BertForMaskedLM", dict(BERT, hidden_act="silu", pad_token_id=None)),
    "bert-next-sentence": ("BertForNextSentencePrediction", BERT),
    "bert-multiple-choice": ("BertForMultipleChoice", BERT),
    "bert-regression": ("BertForSequenceClassification", dict(BERT, **ONE)),
    "bert-regression-of-several": ("BertForSequenceClassification", dict(BERT, **THREE, problem_type="regression")),
    "bert-multi-label": ("BertForSequenceClassification", dict(BERT, **THREE)),
    "bert-positions": ("BertModel", dict(BERT, layer_norm_eps=1e-3)),
    "distilbert": ("DistilBertModel", DISTIL),
    "distilbert-sinusoidal": ("DistilBertForMaskedLM", dict(DISTIL, sinusoidal_pos_embds=True, activation="relu")),
    "distilbert-question-answering": ("DistilBertForQuestionAnswering", DISTIL),
    "distilbert-token-classification": ("DistilBertForTokenClassification", dict(DISTIL, **THREE)),
    "distilbert-multiple-choice": ("DistilBertForMultipleChoice", DISTIL),
    "roberta": ("RobertaModel", ROBERTA),
    "roberta-masked-lm": ("RobertaForMaskedLM", ROBERTA),
    "roberta-masked-lm-untied": ("RobertaForMaskedLM", dict(ROBERTA, tie_word_embeddings=False)),
    "roberta-question-answering": ("RobertaForQuestionAnswering", ROBERTA),
    "roberta-multiple-choice": ("RobertaForMultipleChoice", ROBERTA),
    "roberta-single-label": ("RobertaForSequenceClassification", dict(ROBERTA, **THREE)),
    "xlm-roberta-masked-lm": ("XLMRobertaForMaskedLM", ROBERTA),
    "xlm-roberta-token-classification": ("XLMRobertaForTokenClassification", dict(ROBERTA, **THREE)),
    "camembert-masked-lm": ("CamembertForMaskedLM", ROBERTA),
    "camembert-sequence-classification": ("CamembertForSequenceClassification", dict(ROBERTA, **THREE)),
    "albert": ("AlbertModel", ALBERT),
    "albert-groups": ("AlbertForMaskedLM", dict(ALBERT, num_hidden_layers=4, num_hidden_groups=2, inner_group_num=2)),
    "albert-pretraining": ("AlbertForPreTraining", ALBERT),
    "albert-sequence-classification": ("AlbertForSequenceClassification", dict(ALBERT, **THREE)),
    "albert-token-classification": ("AlbertForTokenClassification", dict(ALBERT, **THREE)),
    "albert-question-answering": ("AlbertForQuestionAnswering", ALBERT),
    "albert-multiple-choice": ("AlbertForMultipleChoice", ALBERT),
    "electra": ("ElectraModel", ELECTRA),
    "electra-same-widths": ("ElectraModel", dict(ELECTRA, embedding_size=8)),
    "electra-masked-lm": ("ElectraForMaskedLM", ELECTRA),
    "electra-sequence-classification": ("ElectraForSequenceClassification", dict(ELECTRA, **THREE)),
    "electra-token-classification": ("ElectraForTokenClassification", dict(ELECTRA, **THREE)),
    "electra-question-answering": ("ElectraForQuestionAnswering", ELECTRA),
    "electra-multiple-choice": ("ElectraForMultipleChoice", ELECTRA),
    "electra-summary-without-layer": ("ElectraForMultipleChoice",
                                      dict(ELECTRA, summary_use_proj=False, summary_activation="tanh")),
    "distilbert-positions": ("DistilBertForSequenceClassification", dict(DISTIL, **THREE)),
    "bert-choice-positions": ("BertForMultipleChoice", BERT),
    "electra-vectors": ("ElectraForTokenClassification", dict(ELECTRA, **THREE)),
    "roberta-vectors": ("RobertaForSequenceClassification", dict(ROBERTA, **THREE)),
}


def inputs_of(architecture, config, generator):
    integers = lambda low, high, shape: torch.randint(low, high, shape, generator=generator)
    shape = (BATCH, 2, LENGTH) if "MultipleChoice" in architecture else (BATCH, LENGTH)
    pad = config.pad_token_id if config.pad_token_id is not None else 0
    ids = integers(3, VOCABULARY, shape)
    mask = torch.ones(shape, dtype=torch.long)
    for row in range(1, BATCH):
        ids[row, ..., LENGTH - row:] = pad
        mask[row, ..., LENGTH - row:] = 0
    inputs = dict(input_ids=ids, attention_mask=mask)
    if "DistilBert" not in architecture:
        inputs["token_type_ids"] = integers(0, config.type_vocab_size, shape)
    classes = config.num_labels
    if "MaskedLM" in architecture or "PreTraining" in architecture:
        inputs["labels"] = torch.where(mask == 1, integers(0, VOCABULARY, shape), torch.tensor(-100))
    if architecture == "AlbertForPreTraining":
        inputs["sentence_order_label"] = integers(0, 2, (BATCH,))
    if "NextSentence" in architecture:
        inputs["labels"] = integers(0, 2, (BATCH,))
    if "TokenClassification" in architecture:
        inputs["labels"] = torch.where(mask == 1, integers(0, classes, shape), torch.tensor(-100))
    if "QuestionAnswering" in architecture:
        # One answer lies beyond the text.
        inputs["start_positions"] = torch.tensor([1, 2, LENGTH + 3])
        inputs["end_positions"] = torch.tensor([4, 2, LENGTH + 4])
    if "MultipleChoice" in architecture:
        inputs["labels"] = integers(0, 2, (BATCH,))
    if "SequenceClassification" in architecture:
        inputs["labels"] = class_labels(config, generator)
    return inputs


def class_labels(config, generator):
    classes = config.num_labels
    labels = torch.randint(0, classes, (BATCH,), generator=generator)
    if classes == 1 or config.problem_type == "regression":
        labels = torch.randn((BATCH, classes), generator=generator)
    return labels[:, 0] if classes == 1 else labels


def change(name, inputs, config, generator):
    """What a case has of its own, besides its configuration."""
    if name == "bert-multi-label":
        inputs["labels"] = torch.randint(0, 2, (BATCH, 3), generator=generator).float()
    if name.endswith("-positions"):
        inputs["position_ids"] = torch.randint(0, 14, inputs["input_ids"].shape, generator=generator)
    if name.endswith("-vectors"):
        width = getattr(config, "embedding_size", config.hidden_size)
        inputs["inputs_embeds"] = torch.randn((*inputs.pop("input_ids").shape, width), generator=generator)


def make(directory, name, architecture, options, seed, inputs_of=inputs_of):
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model_class = getattr(transformers, architecture)
    config = model_class.config_class(**options)
    config._attn_implementation = "eager"
    model = model_class(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.4 + (parameter.dim() == 1) * 0.3)
    inputs = inputs_of(architecture, config, generator)
    change(name, inputs, config, generator)
    output = model(**inputs, output_hidden_states=True, output_attentions=True)
    tensors = {f"input.{key}": value.clone() for key, value in inputs.items()}
    for key, value in output.items():
        if not isinstance(value, (tuple, torch.Tensor)):
            continue  # a cache
        if isinstance(value, tuple):
            tensors.update({f"output.{key}.{i}": each.detach().clone() for i, each in enumerate(value)})
        else:
            tensors[f"output.{key}"] = value.detach().clone()
    place = os.path.join(directory, name)
    shutil.rmtree(place, ignore_errors=True)
    model.save_pretrained(os.path.join(place, "checkpoint"))
    saved = set(model_keys(os.path.join(place, "checkpoint")))
    unreached, noise = [], {}
    if "loss" in output:
        # The largest difference to the same in float64.
        exact = copy.deepcopy(model).double()
        exact(**{key: value.double() if value.is_floating_point() else value for key, value in inputs.items()})["loss"].backward()
        output["loss"].backward()
        noise["grad_max_abs"] = max(
            (a.grad.double() - b.grad).abs().max().item()
            for a, b in zip(model.parameters(), exact.parameters()) if a.grad is not None)
        parameters = dict(model.named_parameters(remove_duplicate=False))
        for key in sorted(saved):
            # Some are saved under names of before.
            parameter = parameters.get(key.replace("embed_out.", "lm_head."), parameters.get(key))
            if parameter.grad is None:
                unreached.append(key)
            else:
                tensors[f"grad.{key}"] = parameter.grad.clone()
    generation = os.path.join(place, "checkpoint", "generation_config.json")
    if os.path.exists(generation):
        os.remove(generation)
    save_file(tensors, os.path.join(place, "io.safetensors"))
    with open(os.path.join(place, "case.json"), "w") as file:
        versions = dict(torch=torch.__version__, transformers=transformers.__version__)
        json.dump(
            dict(architecture=architecture, model_type=config.model_type, versions=versions, noise=noise, no_gradient=unreached),
            file, indent=1)
        file.write("\n")
    return model


def model_keys(directory):
    from safetensors import safe_open
    with safe_open(os.path.join(directory, "model.safetensors"), "pt") as file:
        return list(file.keys())


if __name__ == "__main__":
    for seed, (name, (architecture, options)) in enumerate(CASES.items(), 1):
        make(sys.argv[1], name, architecture, options, seed)
        print(name)
