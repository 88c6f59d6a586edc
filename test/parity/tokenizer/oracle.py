"""Adds to cases what Hugging Face's `tokenizers` makes of them.

    python oracle.py CASES.json... [--out DIR]      (pip install tokenizers==0.23.3)

A file of cases is {"tokenizer": {...}, "cases": [{"text", "pair"?, "options"?}]}; each case gets "expected". Options are
those of our `encode`. Offsets are turned from code points into UTF-16 units.
"""

import argparse
import json
import pathlib

import tokenizers


def utf16(text):
    """Index of UTF-16 units by index of code points, of a text or of each of its words."""
    if isinstance(text, list):
        return [utf16(word) for word in text]
    places = [0]
    for character in text:
        places.append(places[-1] + (2 if ord(character) > 0xFFFF else 1))
    return places


def plain(encoding, texts):
    places = [utf16(text) for text in texts]

    def units(start, end, sequence, word):
        if sequence is None:
            return [0, 0]
        of_text = places[sequence][word] if isinstance(texts[sequence], list) else places[sequence]
        return [of_text[start], of_text[end]]

    parts = zip(encoding.offsets, encoding.sequence_ids, encoding.word_ids)
    offsets = [units(start, end, sequence, word) for (start, end), sequence, word in parts]
    return {
        "ids": encoding.ids,
        "tokens": encoding.tokens,
        "typeIds": encoding.type_ids,
        "attentionMask": encoding.attention_mask,
        "specialTokensMask": encoding.special_tokens_mask,
        "offsets": offsets,
        "wordIds": encoding.word_ids,
        "sequenceIds": encoding.sequence_ids,
    }


def configure(tokenizer, options):
    tokenizer.no_truncation()
    tokenizer.no_padding()
    if "truncation" in options:
        tokenizer.enable_truncation(
            options["maxLength"],
            stride=options.get("stride", 0),
            strategy=options["truncation"],
            direction=options.get("truncationSide", "right"),
        )
    if "padding" in options:
        tokenizer.enable_padding(
            direction=options.get("paddingSide", "right"),
            pad_id=tokenizer.token_to_id("[PAD]"),
            pad_token="[PAD]",
            length=options["maxLength"] if options["padding"] == "max_length" else None,
            pad_to_multiple_of=options.get("padToMultipleOf"),
        )
    tokenizer.encode_special_tokens = options.get("splitSpecialTokens", False)


def expect(tokenizer, case):
    options = case.get("options", {})
    configure(tokenizer, options)
    add = options.get("addSpecialTokens", True)
    split = options.get("isSplitIntoWords", False)
    encoding = tokenizer.encode(case["text"], case.get("pair"), is_pretokenized=split, add_special_tokens=add)
    texts = [case["text"], case.get("pair", "")]
    expected = plain(encoding, texts)
    if encoding.overflowing:
        expected["overflowing"] = [plain(window, texts) for window in encoding.overflowing]
    expected["decoded"] = tokenizer.decode(encoding.ids, skip_special_tokens=False)
    expected["decodedWithoutSpecial"] = tokenizer.decode(encoding.ids)
    return expected


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    for file in arguments.files:
        data = json.loads(file.read_text("utf-8"))
        tokenizer = tokenizers.Tokenizer.from_str(json.dumps(data["tokenizer"]))
        lines = [json.dumps({**case, "expected": expect(tokenizer, case)}, ensure_ascii=False) for case in data["cases"]]
        head = json.dumps({"oracle": f"tokenizers {tokenizers.__version__}", "tokenizer": data["tokenizer"]}, ensure_ascii=False)
        (arguments.out / file.name).write_text(f'{head[:-1]}, "cases": [\n' + ",\n".join(lines) + "\n]}\n", "utf-8")


if __name__ == "__main__":
    main()
