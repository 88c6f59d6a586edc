"""The Trainer of Hugging Face's transformers: `hf_trainer.py JSON FILE`, TrainerArguments and a Plan of bench/src/trainer.ts."""

import json
import os
import queue
import sys
import tempfile
import threading

# What libraries print goes to standard error, for standard output is the protocol's.
output = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

import torch
import transformers
from transformers import BertConfig, BertForSequenceClassification, DataCollatorWithPadding, PreTrainedTokenizerFast

from serve import serve

arguments = json.loads(sys.argv[1])
data, sizes, training = arguments["data"], arguments["sizes"], arguments["training"]
with open(sys.argv[2], encoding="utf-8") as file:
    plan = json.load(file)
torch.set_num_threads(arguments["threads"])
torch.manual_seed(data["seed"])

tokenizer = PreTrainedTokenizerFast(tokenizer_file=data["tokenizer"], pad_token="[PAD]")
encoded = tokenizer(
    plan["sentences"], truncation=True, max_length=data["maxLength"], padding=False, return_token_type_ids=False
)
examples = [
    {"input_ids": ids, "attention_mask": mask, "labels": label}
    for ids, mask, label in zip(encoded["input_ids"], encoded["attention_mask"], plan["labels"], strict=True)
]
collator = DataCollatorWithPadding(tokenizer, pad_to_multiple_of=data["lengthMultiple"])

batches = [collator([examples[index] for index in batch]) for batch in plan["epochs"][0]]
for name, expected in (("attention_mask", plan["tokens"]), ("input_ids", plan["paddedTokens"])):
    count = sum(int(b[name].sum()) if name == "attention_mask" else b[name].numel() for b in batches)
    if count != expected:
        raise ValueError(f"both sides must have the same tokens, but {name} has {count} here and {expected} in chui")

model = BertForSequenceClassification(
    BertConfig(
        vocab_size=sizes["vocabulary"],
        hidden_size=sizes["width"],
        num_hidden_layers=sizes["layers"],
        num_attention_heads=sizes["heads"],
        intermediate_size=sizes["hidden"],
        max_position_embeddings=sizes["positions"],
        hidden_dropout_prob=sizes["dropout"],
        attention_probs_dropout_prob=sizes["dropout"],
        initializer_range=sizes["width"] ** -0.5,
        num_labels=2,
        attn_implementation="sdpa",
    )
)
# With the weights that chui's layers begin with, about, the losses of both can be compared.
with torch.no_grad():
    model.bert.embeddings.position_embeddings.weight.normal_(std=0.02)
    model.bert.embeddings.token_type_embeddings.weight.zero_()


class Epochs:
    """The batches of one epoch after the other."""

    def __init__(self):
        self.epochs = iter(plan["epochs"])

    def __iter__(self):
        return iter(next(self.epochs))

    def __len__(self):
        return len(plan["epochs"][0])


class Trainer(transformers.Trainer):
    """Has the batches that chui has."""

    def get_train_dataloader(self):
        return torch.utils.data.DataLoader(examples, batch_sampler=Epochs(), collate_fn=self.data_collator)


class Pace(transformers.TrainerCallback):
    """Has the training, which the main thread does, wait after every epoch until another thread lets it go on."""

    def __init__(self):
        self.go, self.done, self.losses = queue.Queue(), queue.Queue(), []

    def step(self):
        self.go.put(True)
        return self.done.get()

    def wait(self, control):
        if not self.go.get():
            control.should_training_stop = True

    def on_train_begin(self, args, state, control, **_):
        self.wait(control)

    def on_log(self, args, state, control, logs=None, **_):
        if "loss" in logs:
            self.losses.append(float(logs["loss"]))

    def on_epoch_end(self, args, state, control, **_):
        self.done.put(sum(self.losses) / len(self.losses))
        self.losses = []
        self.wait(control)


def serve_pace():
    parameters = sum(parameter.numel() for parameter in model.parameters())
    name = f"transformers {transformers.__version__} on PyTorch {torch.__version__}"
    serve(name, parameters, pace.step, output=output, examples=data["texts"])
    pace.go.put(False)


pace = Pace()
server = threading.Thread(target=serve_pace, daemon=True)
with tempfile.TemporaryDirectory() as directory:
    trainer = Trainer(
        model=model,
        args=transformers.TrainingArguments(
            output_dir=directory,
            per_device_train_batch_size=data["batchSize"],
            num_train_epochs=arguments["epochs"],
            optim="adamw_torch_fused",
            learning_rate=training["learningRate"],
            weight_decay=training["weightDecay"],
            max_grad_norm=training["maxGradNorm"],
            lr_scheduler_type="linear",
            warmup_steps=training["warmupSteps"],
            logging_steps=training["logSteps"],
            eval_strategy="no",
            save_strategy="no",
            report_to="none",
            seed=data["seed"],
            use_cpu=True,
            dataloader_pin_memory=False,
        ),
        train_dataset=examples,
        data_collator=collator,
        callbacks=[pace],
    )
    server.start()
    trainer.train()
    server.join()
