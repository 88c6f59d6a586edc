"""Fine-tunes a model in PyTorch and transformers as a plan says, so that another program can do the same and be compared.

    python finetune.py PLAN.json --out RESULT.json

The plan leaves nothing open: it has the examples as ids, the batches of every epoch in their order and the weights to
begin with. Only dropout is drawn here. Paths in it count from its own directory.

    task            "text-classification", "token-classification", "question-answering", "multiple-choice" or "masked-lm"
    model           directory of config.json and model.safetensors, which may be of a model without this task's head
    fromScratch     optional, false: whether weights are random, so that model need have no more than config.json
    head            optional: safetensors file of tensors under their names in transformers, which replace what was loaded
                    or drawn. Unless fromScratch, it must have all that the model directory lacks.
    config          optional: what replaces keys of config.json, such as {"num_labels": 3}
    dropout         optional, true: whether to drop as the configuration says, or not at all
    train, eval     JSONL files of examples, one a line
    epochs          for each epoch its batches, each a list of examples' places in train, from 0
    lengthMultiple  optional, 8: batches are padded to their longest example, rounded up to a multiple of this
    evalBatchSize   optional, 32
    learningRate    the highest one; it falls in a straight line to 0 at the end
    warmupRatio     optional, 0: the part of all updates, rounded up, in which the rate rises from 0
    weightDecay     optional, 0.01: of AdamW, on all parameters but those of one axis, which are biases and norms
    maxGradNorm     optional, 1: to which all gradients together are clipped
    seed            of dropout, and of the weights that are random
    threads         how many PyTorch computes with
    logits          optional, false: whether to write logits where predictions are classes

An example has inputIds and, if the model shall see them, attentionMask (default: all 1) and tokenTypeIds; all examples
have the same fields. In multiple choice each of these has a list for each choice. Besides, by task:

    text-classification, multiple-choice    labels: a class, or a choice
    token-classification, masked-lm         labels: a class, or a token, for each token; -100 where none counts. What is
                                            masked anew in each epoch stands in train once for each.
    question-answering                      startPositions, endPositions: the answer's first and last token

The result has

    losses, gradientNorms, learningRates, stepSeconds     for each update; norms are those before clipping
    epochSeconds, tokens, paddedTokens                    for each epoch
    trainSeconds    sum of stepSeconds: padding, forward, backward and update, with nothing else between
    loadedBytes, peakBytes    the most memory that was resident before the first update and after the last
    warmupSteps, parameters, attention, versions
    evalLoss        mean over evalItems, what counts in eval: examples, or labels that are not -100
    evalSeconds
    predictions     for each example of eval its class, or a list: classes of its tokens, tokens where labels are not -100
    logits          if asked for, as predictions with a list in the place of a class
    startLogits, endLogits    of question-answering in place of both: for each example, numbers for its tokens
"""

import argparse
import json
import math
import pathlib
import resource
import sys
import time

import numpy
import safetensors.torch
import torch
import transformers

IGNORED_LABEL = -100

AUTO_CLASSES = {
    "text-classification": transformers.AutoModelForSequenceClassification,
    "token-classification": transformers.AutoModelForTokenClassification,
    "question-answering": transformers.AutoModelForQuestionAnswering,
    "multiple-choice": transformers.AutoModelForMultipleChoice,
    "masked-lm": transformers.AutoModelForMaskedLM,
}

REQUIRED = ("task", "model", "train", "eval", "epochs", "learningRate", "seed", "threads")
DEFAULTS = {
    "fromScratch": False,
    "head": None,
    "config": {},
    "dropout": True,
    "lengthMultiple": 8,
    "evalBatchSize": 32,
    "warmupRatio": 0.0,
    "weightDecay": 0.01,
    "maxGradNorm": 1.0,
    "logits": False,
}

# Fields of examples by the names of the model's arguments: rows of tokens, and what there is besides.
TOKEN_FIELDS = {"input_ids": "inputIds", "attention_mask": "attentionMask", "token_type_ids": "tokenTypeIds"}
LABELS = {"labels": "labels"}
POSITIONS = {"start_positions": "startPositions", "end_positions": "endPositions"}
LABELLED_TOKENS = ("token-classification", "masked-lm")


class Plan:
    """A plan's keys as attributes, with defaults, and its directory."""

    def __init__(self, path):
        given = json.loads(path.read_text("utf-8"))
        self.directory = path.parent
        for key in REQUIRED:
            if key not in given:
                raise ValueError(f"{path} must have {key}, but lacks it")
        for key in given:
            if key not in REQUIRED and key not in DEFAULTS:
                raise ValueError(f"{path} must have no key {key}")
        if given["task"] not in AUTO_CLASSES:
            raise ValueError(f"task must be one of {', '.join(AUTO_CLASSES)}, but is {given['task']}")
        if given.get("logits") and given["task"] == "masked-lm":
            raise ValueError("logits must be false for masked-lm: they would be as many as labels times tokens")
        vars(self).update(DEFAULTS | given)

    def path(self, name):
        return self.directory / name


def read_examples(path, task):
    """Examples by the names of the model's arguments: lists of rows of tokens, one row but for choices, and numbers."""

    def rows(value):
        return [numpy.array(row, numpy.int32) for row in (value if task == "multiple-choice" else [value])]

    def read(line):
        fields = json.loads(line)
        example = {name: rows(fields[key]) for name, key in TOKEN_FIELDS.items() if key in fields}
        example.setdefault("attention_mask", [numpy.ones_like(row) for row in example["input_ids"]])
        for name, key in (POSITIONS if task == "question-answering" else LABELS).items():
            example[name] = rows(fields[key]) if task in LABELLED_TOKENS else int(fields[key])
        lengths = [len(row) for row in example["input_ids"]]
        for name, value in example.items():
            if isinstance(value, list) and [len(row) for row in value] != lengths:
                raise ValueError(f"{name} must be as many as inputIds")
        return example

    examples = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                example = read(line)
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{path}:{number}: {type(error).__name__}, {error}") from None
            if examples and example.keys() != examples[0].keys():
                raise ValueError(f"{path}:{number} must have {', '.join(examples[0])}, but has {', '.join(example)}")
            examples.append(example)
    return examples


def longest_row(example):
    return max(len(row) for row in example["input_ids"])


class Collator:
    """Makes a model's arguments of examples: rows (B, S), in multiple choice (B, C, S), padded to the longest."""

    def __init__(self, plan, padding_id):
        self.multiple = plan.lengthMultiple
        self.has_choices = plan.task == "multiple-choice"
        self.padding = {"input_ids": padding_id, "attention_mask": 0, "token_type_ids": 0, "labels": IGNORED_LABEL}

    def __call__(self, examples):
        length = math.ceil(max(map(longest_row, examples)) / self.multiple) * self.multiple
        return {name: self.stack(name, [example[name] for example in examples], length) for name in examples[0]}

    def stack(self, name, values, length):
        if isinstance(values[0], int):
            return torch.tensor(values)
        padded = numpy.full((len(values), len(values[0]), length), self.padding[name], numpy.int64)
        for rows, own_rows in zip(padded, values, strict=True):
            for row, own in zip(rows, own_rows, strict=True):
                row[: len(own)] = own
        return torch.from_numpy(padded if self.has_choices else padded[:, 0])


def make_model(plan):
    """The model with the weights to begin with."""
    directory = plan.path(plan.model)
    changes = dict(plan.config)
    if not plan.dropout:
        keys = transformers.AutoConfig.from_pretrained(directory).to_dict()
        changes |= {key: 0.0 for key in keys if "dropout" in key or key.endswith("_pdrop")}
    config, unknown = transformers.AutoConfig.from_pretrained(directory, **changes, return_unused_kwargs=True)
    if unknown:
        raise ValueError(f"config must have keys of a {type(config).__name__}, but has {', '.join(unknown)}")

    torch.manual_seed(plan.seed)
    auto_class, missing = AUTO_CLASSES[plan.task], set()
    if plan.fromScratch:
        model = auto_class.from_config(config, dtype=torch.float32)
    else:
        model, loading = auto_class.from_pretrained(
            directory, config=config, dtype=torch.float32, output_loading_info=True
        )
        missing = set(loading["missing_keys"])
    if plan.head is not None:
        tensors = safetensors.torch.load_file(plan.path(plan.head))
        unknown = model.load_state_dict(tensors, strict=False).unexpected_keys
        if unknown:
            raise ValueError(f"{plan.head} must hold tensors of the model, but holds {', '.join(unknown)}")
        # One tensor may have several names, of which one will do.
        places = {name: tensor.data_ptr() for name, tensor in model.state_dict().items()}
        filled = {places[name] for name in tensors}
        missing = {name for name in missing if places[name] not in filled}
    if missing:
        raise ValueError(f"head must hold what {plan.model} lacks: {', '.join(sorted(missing))}")
    return model


def peak_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def train(model, examples, collate, plan):
    parameters = list(model.parameters())
    groups = [
        {"params": [each for each in parameters if each.ndim > 1], "weight_decay": plan.weightDecay},
        {"params": [each for each in parameters if each.ndim <= 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=plan.learningRate, fused=True)
    steps = sum(len(batches) for batches in plan.epochs)
    warmup_steps = math.ceil(steps * plan.warmupRatio)
    schedule = transformers.get_linear_schedule_with_warmup(optimizer, warmup_steps, steps)

    result = {"warmupSteps": warmup_steps, "loadedBytes": peak_bytes()}
    by_step = {name: [] for name in ("losses", "gradientNorms", "learningRates", "stepSeconds")}
    by_epoch = {name: [] for name in ("epochSeconds", "tokens", "paddedTokens")}
    torch.manual_seed(plan.seed)
    model.train()
    for number, batches in enumerate(plan.epochs, 1):
        tokens = padded_tokens = 0
        for indices in batches:
            started = time.perf_counter()
            batch = collate([examples[index] for index in indices])
            learning_rate = schedule.get_last_lr()[0]
            loss = model(**batch).loss
            loss.backward()
            norm = torch.nn.utils.clip_grad_norm_(parameters, plan.maxGradNorm)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            values = (loss.item(), norm.item(), learning_rate, time.perf_counter() - started)
            if not all(map(math.isfinite, values)):
                raise ArithmeticError(f"update {len(by_step['losses']) + 1} must be finite, but has {values[:2]}")
            for column, value in zip(by_step.values(), values, strict=True):
                column.append(value)
            tokens += int(batch["attention_mask"].sum())
            padded_tokens += batch["attention_mask"].numel()
        seconds = sum(by_step["stepSeconds"][-len(batches) :])
        for column, value in zip(by_epoch.values(), (seconds, tokens, padded_tokens), strict=True):
            column.append(value)
        mean = sum(by_step["losses"][-len(batches) :]) / len(batches)
        print(f"epoch {number}/{len(plan.epochs)}: mean loss {mean:.4f}, {seconds:.1f} s", file=sys.stderr)
    return result | by_step | by_epoch | {"trainSeconds": sum(by_step["stepSeconds"]), "peakBytes": peak_bytes()}


def rounded(tensor):
    """Numbers in lists of lists, short in JSON."""
    return tensor.double().numpy().round(6).tolist()


class Predictions:
    """What a model says of each example, in their order, as the result has it."""

    def __init__(self, plan, count):
        self.task = plan.task
        if self.task == "question-answering":
            names = ("startLogits", "endLogits")
        else:
            names = ("predictions", "logits") if plan.logits else ("predictions",)
        self.columns = {name: [None] * count for name in names}

    def take(self, index, length, labels, output):
        """Of one example: its tokens are the first `length`, and labels and output its rows."""
        if self.task == "question-answering":
            said = {"startLogits": output["start_logits"][:length], "endLogits": output["end_logits"][:length]}
        else:
            logits = output["logits"]
            if self.task == "token-classification":
                logits = logits[:length]
            elif self.task == "masked-lm":
                logits = logits[labels != IGNORED_LABEL]
            said = {"predictions": logits.argmax(-1), "logits": logits}
        for name, column in self.columns.items():
            column[index] = said[name].tolist() if name == "predictions" else rounded(said[name])


@torch.inference_mode()
def evaluate(model, examples, collate, plan):
    """Loss and predictions, computed in batches of like length."""
    model.eval()
    predictions = Predictions(plan, len(examples))
    loss_sum, items = 0.0, 0
    started = time.perf_counter()
    order = sorted(range(len(examples)), key=lambda index: longest_row(examples[index]))
    for first in range(0, len(order), plan.evalBatchSize):
        indices = order[first : first + plan.evalBatchSize]
        batch = collate([examples[index] for index in indices])
        labels = batch.get("labels")
        output = model(**batch)
        counting = len(indices)
        if plan.task in LABELLED_TOKENS:
            counting = int((labels != IGNORED_LABEL).sum())
        # The mean over no labels is not a number.
        if counting > 0:
            loss_sum += output.loss.item() * counting
            items += counting
        rows = {name: tensor for name, tensor in output.items() if name.endswith("logits")}
        for row, index in enumerate(indices):
            own_labels = None if labels is None else labels[row]
            own = {name: tensor[row] for name, tensor in rows.items()}
            predictions.take(index, longest_row(examples[index]), own_labels, own)
    return {
        "evalLoss": loss_sum / items if items else None,
        "evalItems": items,
        "evalSeconds": time.perf_counter() - started,
        **predictions.columns,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="where the result goes")
    args = parser.parse_args()

    # What lacks in a checkpoint is checked here.
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    plan = Plan(args.plan)
    torch.set_num_threads(plan.threads)
    model = make_model(plan)
    collate = Collator(plan, getattr(model.config, "pad_token_id", None) or 0)
    trained = train(model, read_examples(plan.path(plan.train), plan.task), collate, plan)
    evaluated = evaluate(model, read_examples(plan.path(plan.eval), plan.task), collate, plan)
    result = {
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
        "attention": model.config._attn_implementation,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        **trained,
        **evaluated,
    }
    args.out.write_text(json.dumps(result), "utf-8")


if __name__ == "__main__":
    main()
