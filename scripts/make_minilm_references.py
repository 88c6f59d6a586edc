"""Computes embeddings that test/parity/minilm compares with, by Python's sentence-transformers.

    python scripts/make_minilm_references.py      (pip install sentence-transformers)

The checkpoint is the one that `node scripts/fetch_minilm.mjs` fetches. Writes test/fixtures/minilm/embeddings.json: texts with
their embeddings to six digits behind the point.
"""

import json
import pathlib
import subprocess
import sys

try:
    import sentence_transformers
    import torch
    import transformers
except ImportError as error:
    sys.exit(f"make_minilm_references needs {error.name}: pip install sentence-transformers")

ROOT = pathlib.Path(__file__).parent.parent

TEXTS = [
    "A cat sits on the mat.",
    "The feline is resting on a rug.",
    "Stock prices fell sharply on Monday.",
    "How do I bake sourdough bread?",
    "how do i bake sourdough bread",
    "Attention is all you need.",
    "",
    " ",
    "a",
    "Ça coûte déjà très cher, naïve façade!",
    "Die Größe der Straße überrascht Özil.",
    "Việt Nam có nhiều tiếng nói khác nhau.",
    "注意",
    "今日はとても良い天気ですね。",
    "한국어 문장도 벡터가 됩니다.",
    "I ❤️ pizza 🍕 and 👩‍👩‍👧‍👦 families 🎉!",
    "Line one\nline two\ttabbed   spaces",
    "E = mc², ½ + ¼ = ¾, 10 000 €, 50 % off, C++ & <html> 'quotes' \"double\"",
    "antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis " + "x" * 120,
    " ".join(f"word{i % 7} number {i}" for i in range(200)),
]


def main():
    directory = subprocess.run(
        ["node", ROOT / "scripts" / "fetch_minilm.mjs"], check=True, capture_output=True, text=True
    ).stdout.strip()
    torch.set_num_threads(1)
    model = sentence_transformers.SentenceTransformer(directory, device="cpu")
    embeddings = model.encode(TEXTS, batch_size=1, convert_to_numpy=True)
    written = {
        "versions": {module.__name__: module.__version__ for module in (sentence_transformers, torch, transformers)},
        "embeddings": [
            {"text": text, "embedding": [round(float(number), 6) for number in row]}
            for text, row in zip(TEXTS, embeddings)
        ],
    }
    path = ROOT / "test" / "fixtures" / "minilm" / "embeddings.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(f"  {json.dumps(each, ensure_ascii=False)}" for each in written["embeddings"])
    versions = json.dumps(written["versions"])
    path.write_text(f'{{"versions": {versions},\n"embeddings": [\n{lines}\n]}}\n', encoding="utf-8")
    print(f"{path}: {len(TEXTS)} embeddings of {len(embeddings[0])} numbers")


main()
