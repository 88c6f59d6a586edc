"""Makes tiny recurrent language models of torch.nn.LSTM and torch.nn.GRU, with attentions written out, and what they compute.

    python scripts/make_rnn_lm_references.py test/fixtures/rnn_lm

needs what make_encoder_references.py needs, whose layout a case has; case.json lists generations too, by transformers' `generate`
without a cache, and a training by AdamW. Weights have the names and shapes that chui's checkpoints have.
"""

import json
import os
import sys

import torch
import transformers
from make_decoder_references import generations
from make_encoder_references import BATCH, LENGTH, VOCABULARY, make
from safetensors.torch import load_file
from torch import nn
from torch.func import functional_call
from transformers.modeling_outputs import CausalLMOutput

SIZES = dict(vocab_size=VOCABULARY, hidden_size=8, num_layers=2, eos_token_id=2, bos_token_id=1, pad_token_id=0)

CASES = {
    "lstm": SIZES,
    "lstm-untied": dict(SIZES, embedding_size=6, tie_word_embeddings=False, num_layers=1, pad_token_id=None),
    "gru-projected": dict(SIZES, embedding_size=6, cell="gru"),
    "lstm-additive": dict(SIZES, attention="additive", attention_units=5),
    "gru-general": dict(SIZES, attention="general", cell="gru", num_layers=1),
    "lstm-dot-projected": dict(SIZES, attention="dot", embedding_size=6),
    "lstm-multi-head": dict(SIZES, attention="multiHead", attention_heads=2, num_layers=1),
}

TRAINING = dict(lr=4e-3, weight_decay=0.01, warmup_steps=2, steps=6)


class RnnLMConfig(transformers.PretrainedConfig):
    model_type = "rnn_lm"

    def __init__(self, vocab_size=0, embedding_size=None, hidden_size=8, num_layers=1, cell="lstm", attention="none",
                 attention_units=None, attention_heads=4, tie_word_embeddings=True, **others):
        self.vocab_size, self.embedding_size, self.hidden_size = vocab_size, embedding_size, hidden_size
        self.num_layers, self.cell, self.attention, self.attention_heads = num_layers, cell, attention, attention_heads
        if attention_units is not None:
            self.attention_units = attention_units
        self.use_cache = False
        super().__init__(tie_word_embeddings=tie_word_embeddings, **others)


class Cell(nn.Module):
    """One layer of torch.nn.LSTM, whose two biases are one, or of torch.nn.GRU."""

    def __init__(self, kind, inputs, units):
        super().__init__()
        self.kind, self.inputs, self.units = kind, inputs, units
        gates, reads = (4, inputs + units) if kind == "lstm" else (3, inputs)
        self.weight = nn.Parameter(torch.zeros(gates * units, reads))
        self.bias = nn.Parameter(torch.zeros(gates * units))
        if kind == "gru":
            self.recurrent = nn.Linear(units, gates * units)

    def forward(self, x, mask):
        if self.kind == "lstm":
            layer = nn.LSTM(self.inputs, self.units, batch_first=True)
            of_x, of_h = self.weight[:, :self.inputs], self.weight[:, self.inputs:]
            biases = self.bias, torch.zeros_like(self.bias)
        else:
            layer = nn.GRU(self.inputs, self.units, batch_first=True)
            of_x, of_h = self.weight, self.recurrent.weight
            biases = self.bias, self.recurrent.bias
        weights = dict(weight_ih_l0=of_x, weight_hh_l0=of_h, bias_ih_l0=biases[0], bias_hh_l0=biases[1])
        rows = []
        for row, flags in zip(x, mask.bool()):
            # What is padding is not read at all.
            read, _ = functional_call(layer.to(x.dtype), weights, (row[flags][None],))
            rows.append(torch.zeros(len(row), self.units, dtype=x.dtype).index_put((flags.nonzero()[:, 0],), read[0]))
        return torch.stack(rows)


class Attention(nn.Module):
    """Context and weights (B, H, T, S) of states that read those before them, zeros where there are none."""

    def __init__(self, config):
        super().__init__()
        width, units = config.hidden_size, getattr(config, "attention_units", config.hidden_size)
        self.kind, self.heads = config.attention, config.attention_heads if config.attention == "multiHead" else 1
        if self.kind == "additive":
            self.query = nn.Linear(width, units, bias=False)
            self.key = nn.Linear(width, units, bias=False)
            self.bias = nn.Parameter(torch.zeros(units))
            self.score = nn.Linear(units, 1, bias=False)
        elif self.kind == "general":
            self.weight = nn.Parameter(torch.zeros(width, width))
        elif self.kind == "multiHead":
            for name in ("query", "key", "value", "output"):
                setattr(self, name, nn.Linear(width, width))

    def of_heads(self, x):
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def forward(self, states, mask):
        length = states.shape[1]
        values = states[:, None]
        if self.kind == "additive":
            hidden = self.query(states)[:, :, None] + self.key(states)[:, None] + self.bias
            scores = self.score(torch.tanh(hidden))[..., 0][:, None]
        elif self.kind == "multiHead":
            query, key, values = (self.of_heads(part(states)) for part in (self.query, self.key, self.value))
            scores = query @ key.mT / query.shape[-1] ** 0.5
        else:
            query = states @ self.weight.mT if self.kind == "general" else states
            scores = (query @ states.mT)[:, None]
        before = torch.ones(length, length).tril(-1).bool() & mask[:, None, None].bool()
        exponents = torch.where(before, (scores - scores.amax(-1, keepdim=True)).exp(), 0.0)
        sums = exponents.sum(-1, keepdim=True)
        weights = exponents / torch.where(sums > 0, sums, 1.0)
        context = (weights @ values).transpose(1, 2).flatten(2)
        if self.kind == "multiHead":
            context = torch.where(before.any(-1).mT, self.output(context), 0.0)
        return context, weights


class Rnn(nn.Module):
    def __init__(self, config):
        super().__init__()
        width, embedding = config.hidden_size, config.embedding_size or config.hidden_size
        self.tokens = nn.Embedding(config.vocab_size, embedding, padding_idx=config.pad_token_id)
        self.layers = nn.ModuleList(
            Cell(config.cell, width if i else embedding, width) for i in range(config.num_layers))
        if config.attention != "none":
            self.attention = Attention(config)
            self.attend_output = nn.Linear(2 * width, width, bias=False)
        if config.tie_word_embeddings and embedding != width:
            self.project_out = nn.Linear(width, embedding, bias=False)

    def forward(self, ids, mask):
        x, states, attentions = self.tokens(ids), [], []
        for layer in self.layers:
            states.append(x)
            x = layer(x, mask)
        if hasattr(self, "attention"):
            context, weights = self.attention(x, mask)
            x = torch.tanh(self.attend_output(torch.cat([context, x], -1)))
            attentions.append(weights)
        return (*states, self.project_out(x) if hasattr(self, "project_out") else x), tuple(attentions)


class RnnForCausalLM(transformers.PreTrainedModel, transformers.GenerationMixin):
    config_class = RnnLMConfig
    base_model_prefix = "rnn"
    _tied_weights_keys = {"lm_head.weight": "rnn.tokens.weight"}

    def __init__(self, config):
        super().__init__(config)
        self.rnn = Rnn(config)
        width = self.rnn.tokens.embedding_dim if config.tie_word_embeddings else config.hidden_size
        self.lm_head = nn.Linear(width, config.vocab_size, bias=False)
        self.post_init()

    def get_input_embeddings(self):
        return self.rnn.tokens

    def forward(self, input_ids, attention_mask=None, labels=None, **_):
        mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        states, attentions = self.rnn(input_ids, mask)
        logits = self.lm_head(states[-1])
        loss = None
        if labels is not None:
            loss = nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten())
        return CausalLMOutput(loss=loss, logits=logits, hidden_states=states, attentions=attentions)


def inputs_of(_, __, generator):
    """Rows of which one is padded on the right, and one on the left."""
    ids = torch.randint(3, VOCABULARY, (BATCH, LENGTH), generator=generator)
    mask = torch.ones((BATCH, LENGTH), dtype=torch.long)
    mask[1, LENGTH - 2:] = 0
    mask[2, :3] = 0
    ids = ids * mask
    return dict(input_ids=ids, attention_mask=mask, labels=torch.where(mask == 1, ids, torch.tensor(-100)))


def training(model, inputs):
    lr, decay, warmup, steps = (TRAINING[name] for name in ("lr", "weight_decay", "warmup_steps", "steps"))
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=decay)
    lrs, losses, norms = [], [], []
    for step in range(steps):
        lrs.append(lr * (step / warmup if step < warmup else (steps - step) / (steps - warmup)))
        optimizer.param_groups[0]["lr"] = lrs[-1]
        optimizer.zero_grad()
        loss = model(**inputs).loss
        loss.backward()
        losses.append(loss.item())
        norms.append(nn.utils.clip_grad_norm_(model.parameters(), 1.0).item())
        optimizer.step()
    return dict(TRAINING, lrs=lrs, losses=losses, grad_norms=norms, final_loss=model(**inputs).loss.item())


if __name__ == "__main__":
    transformers.RnnForCausalLM = RnnForCausalLM
    for seed, (name, options) in enumerate(CASES.items(), 201):
        model = make(sys.argv[1], name, "RnnForCausalLM", options, seed, inputs_of)
        place = os.path.join(sys.argv[1], name, "case.json")
        with open(place) as file:
            case = json.load(file)
        made = generations(model, seed)
        io = load_file(os.path.join(sys.argv[1], name, "io.safetensors"))
        inputs = {key: io[f"input.{key}"] for key in ("input_ids", "attention_mask", "labels")}
        with open(place, "w") as file:
            json.dump(dict(case, generation=made, train=training(model, inputs)), file, indent=1)
            file.write("\n")
        print(name)
