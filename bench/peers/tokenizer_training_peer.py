"""Trains a BPE on the lines of a text: `tokenizer_training_peer.py JSON`, JSON being TrainingArguments and `threads`."""

import json
import os
import sys

argument = json.loads(sys.argv[1])
if argument["threads"] == 1:
    os.environ["TOKENIZERS_PARALLELISM"] = "false"

import tokenizers
from serve import serve

with open(argument["text"], encoding="utf-8") as file:
    lines = file.read().split("\n")


def train():
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=argument["vocabSize"], special_tokens=["[UNK]"], show_progress=False
    )
    tokenizer.train_from_iterator(lines, trainer)


threads = "one thread" if argument["threads"] == 1 else "all threads"
serve(f"tokenizers {tokenizers.__version__} in Python, {threads}", None, train)
