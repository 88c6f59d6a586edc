"""Writes what Hugging Face's trainers make of invented texts, where their result has a fixed order.

    python training_oracle.py --out DIR      (pip install tokenizers==0.23.3)

Each file is {"kind", "texts", "options", "expected"}: options are those of our trainers, expected is the model.
"""

import argparse
import json
import pathlib
import random

import tokenizers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

SPECIAL = ["[UNK]", "[PAD]"]
SYLLABLES = ["ka", "lo", "mi", "ré", "sun", "ta", "ing", "er", "東", "京", "カ", "タ", "ー", "😀", "2026", "o", "n"]


def texts(seed, lines=60):
    """Lines of invented words, frequent ones and rare ones."""
    generator = random.Random(seed)
    words = ["".join(generator.choices(SYLLABLES, k=generator.randint(1, 4))) for _ in range(80)]
    weights = [1 / (rank + 1) for rank in range(len(words))]
    return [" ".join(generator.choices(words, weights, k=generator.randint(0, 9))) + "." for _ in range(lines)]


def bpe(given, vocabSize, minFrequency=0, maxTokenLength=None, initialAlphabet=()):
    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    more = {} if maxTokenLength is None else {"max_token_length": maxTokenLength}
    return tokenizer, trainers.BpeTrainer(
        vocab_size=vocabSize,
        min_frequency=minFrequency,
        special_tokens=SPECIAL,
        initial_alphabet=list(initialAlphabet),
        show_progress=False,
        **more,
    )


def byte_level(given, vocabSize, byteLevel):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    return tokenizer, trainers.BpeTrainer(
        vocab_size=vocabSize, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )


def word_level(given, vocabSize, minFrequency):
    tokenizer = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return tokenizer, trainers.WordLevelTrainer(
        vocab_size=vocabSize, min_frequency=minFrequency, special_tokens=SPECIAL, show_progress=False
    )


def word_piece(given, vocabSize, minFrequency):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer, trainers.WordPieceTrainer(
        vocab_size=vocabSize, min_frequency=minFrequency, special_tokens=SPECIAL, show_progress=False
    )


def unigram(given, vocabSize, unkToken, normalizer):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    return tokenizer, trainers.UnigramTrainer(
        vocab_size=vocabSize, special_tokens=SPECIAL, unk_token="[UNK]", show_progress=False
    )


KINDS = {
    "bpe": (bpe, 1, {"vocabSize": 120, "minFrequency": 2, "initialAlphabet": ["ü"]}),
    "bpe_short": (bpe, 2, {"vocabSize": 200, "maxTokenLength": 4}),
    "bpe_byte_level": (byte_level, 3, {"vocabSize": 340, "byteLevel": True}),
    "word_level": (word_level, 4, {"vocabSize": 60, "minFrequency": 2}),
    "word_piece": (word_piece, 16, {"vocabSize": 4000, "minFrequency": 6}),
    "unigram": (unigram, 6, {"vocabSize": 60, "unkToken": "[UNK]", "normalizer": None}),
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=pathlib.Path, required=True)
    folder = parser.parse_args().out
    for name, (prepare, seed, options) in KINDS.items():
        given = texts(seed)
        tokenizer, trainer = prepare(given, **options)
        tokenizer.train_from_iterator(given, trainer)
        model = json.loads(tokenizer.to_str())["model"]
        data = {
            "oracle": f"tokenizers {tokenizers.__version__}",
            "kind": prepare.__name__,
            "texts": given,
            "options": {**options, "specialTokens": SPECIAL},
            "expected": {"vocab": model["vocab"], "merges": model.get("merges")},
        }
        (folder / f"{name}.json").write_text(json.dumps(data, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
