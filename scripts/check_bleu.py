"""Checks the BLEU that `chui translate --data ...` reported against sacreBLEU.

    python scripts/check_bleu.py out/translate [--references FILE]      (pip install sacrebleu)

For every model of the comparison, BLEU over tokens and over characters is computed anew from the saved translations, for
all test texts and for each group of source lengths, and compared with result.json. Exits with 1 if one differs.
"""

import argparse
import json
import math
import pathlib
import sys

try:
    import sacrebleu
except ImportError:
    sys.exit("check_bleu needs sacreBLEU: pip install sacrebleu")

# The formula is the same; what differs is the order of its floating-point operations.
RELATIVE_TOLERANCE = 1e-9


def lines(path):
    """The lines of a file, parted by line feeds only."""
    text = path.read_bytes().decode("utf-8").replace("\r\n", "\n")
    return text.removesuffix("\n").split("\n")


def bleu(outputs, references):
    """BLEU over tokens between spaces, and over the characters of texts without spaces."""

    def score(tokenize, change):
        texts = [[change(text) for text in side] for side in (outputs, references)]
        return sacrebleu.corpus_bleu(texts[0], [texts[1]], tokenize=tokenize, force=True).score

    return {
        "bleuTokens": score("none", lambda text: text),
        "bleuCharacters": score("char", lambda text: text.replace(" ", "")),
    }


def check_model(path, sources, references):
    """Lines about what differs in the result.json at path."""
    result = json.loads(path.read_text("utf-8"))["result"]
    outputs = lines(path.with_name("test_outputs.txt"))
    if not len(outputs) == len(sources) == len(references):
        return [f"texts: {len(sources)} sources, {len(references)} references, {len(outputs)} outputs"]

    differences = []

    def compare(what, reported, expected):
        if not math.isclose(reported, expected, rel_tol=RELATIVE_TOLERANCE):
            differences.append(f"{what}: result.json says {reported}, expected is {expected}")

    whole = bleu(outputs, references)
    compare("bleu", result["bleu"], whole["bleuTokens"])
    compare("bleuCharacters", result["bleuCharacters"], whole["bleuCharacters"])

    words = result["sourceTokens"] == "word"
    lengths = [len(source.split() if words else source) for source in sources]
    for group in result["byLength"]:
        name = f"length {group['from']} to {group['to']}"
        rows = [row for row, length in enumerate(lengths) if group["from"] <= length <= group["to"]]
        compare(f"{name}, count", group["count"], len(rows))
        if rows:
            expected = bleu([outputs[row] for row in rows], [references[row] for row in rows])
            for measure, score in expected.items():
                compare(f"{name}, {measure}", group[measure], score)
    compare("texts in all groups", sum(group["count"] for group in result["byLength"]), len(sources))
    return differences


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path, help="what `chui translate` wrote")
    parser.add_argument(
        "--references", type=pathlib.Path, help="targets of the test set (default: the saved test_references.txt)"
    )
    args = parser.parse_args()

    paths = sorted(args.directory.glob("*/result.json"))
    paths = [path for path in paths if "bleu" in json.loads(path.read_text("utf-8"))["result"]]
    if not paths:
        sys.exit(f"{args.directory} must have the result of a model with BLEU, but has none")
    sources = lines(args.directory / "test_sources.txt")
    references = lines(args.references or args.directory / "test_references.txt")
    failed = False
    for path in paths:
        differences = check_model(path, sources, references)
        failed = failed or bool(differences)
        name = path.parent.name
        print("\n".join(f"{name}, {line}" for line in differences) or f"{name}: as sacreBLEU {sacrebleu.__version__}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
