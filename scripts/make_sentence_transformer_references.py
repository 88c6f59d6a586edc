"""Makes tiny sentence transformers, and what they compute, by Python's sentence-transformers.

    python scripts/make_sentence_transformer_references.py      (pip install sentence-transformers)

Writes test/fixtures/sentence_transformer: NAME/, a directory that sentence-transformers saved, and embeddings.json with
the embeddings that it gives for texts. Weights are random; every pooling is there, alone and with others, a linear layer
with each activation, prompts, and an encoder without modules.
"""

import json
import pathlib
import shutil
import sys

try:
    import sentence_transformers
    import torch
    import transformers
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Dense, Normalize, Pooling, Transformer
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
except ImportError as error:
    sys.exit(f"make_sentence_transformer_references needs {error.name}: pip install sentence-transformers")

ROOT = pathlib.Path(__file__).parent.parent / "test" / "fixtures" / "sentence_transformer"
TEXTS = ["one two three", "Two ONE", "", "four five one two three four five one two three four five", "four"]
WORDS = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "one", "two", "three", "four", "five", "query", ":"]
MAX_LENGTH = 8


def tokenizer():
    made = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.normalizer = normalizers.Sequence([normalizers.NFC()])
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    roles = {f"{role}_token": f"[{role.upper()}]" for role in ("pad", "cls", "sep", "unk")}
    return transformers.PreTrainedTokenizerFast(tokenizer_object=made, **roles)


def encoder(kind, directory):
    torch.manual_seed(1)
    sizes = {"vocab_size": len(WORDS), "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2}
    if kind == "bert":
        config = transformers.BertConfig(
            **sizes, intermediate_size=12, max_position_embeddings=12, initializer_range=0.5
        )
        model = transformers.BertModel(config)
    else:
        config = transformers.RobertaConfig(
            **sizes,
            intermediate_size=12,
            max_position_embeddings=9,
            pad_token_id=0,
            type_vocab_size=1,
            initializer_range=0.5,
        )
        model = transformers.RobertaModel(config)
    model.save_pretrained(directory)
    tokenizer().save_pretrained(directory)


def write(name, modes=("mean",), dense=(), normalize=False, kind="bert", lower=False, include_prompt=True, **options):
    """Makes a model in a directory, and computes its embeddings."""
    directory = ROOT / name
    plain = ROOT / f"{name}.plain"
    encoder(kind, plain)
    transformer = Transformer(str(plain), max_seq_length=MAX_LENGTH, do_lower_case=lower)
    modules = [transformer, Pooling(8, pooling_mode=list(modes), include_prompt=include_prompt)]
    width = 8 * len(modes)
    torch.manual_seed(2)
    for out, activation, bias in dense:
        modules.append(Dense(width, out, bias=bias, activation_function=activation))
        width = out
    if normalize:
        modules.append(Normalize())
    model = SentenceTransformer(modules=modules, device="cpu", **options)
    model.save_pretrained(str(directory), create_model_card=False)
    shutil.rmtree(plain)
    return expected(directory)


def expected(directory):
    model = SentenceTransformer(str(directory), device="cpu")
    rows = model.encode(TEXTS, batch_size=len(TEXTS))
    similarity = model.similarity(rows, rows)
    return {
        "embeddings": [[round(float(x), 6) for x in row] for row in rows],
        "similarity": [[round(float(x), 5) for x in row] for row in similarity],
    }


def main():
    shutil.rmtree(ROOT, ignore_errors=True)
    ROOT.mkdir(parents=True)
    tanh, identity = torch.nn.Tanh(), torch.nn.Identity()
    cases = {
        "cls": write("cls", modes=["cls"]),
        "max-normalize": write("max-normalize", modes=["max"], normalize=True),
        "sqrt-dot": write("sqrt-dot", modes=["mean_sqrt_len_tokens"], similarity_fn_name="dot"),
        "weighted-euclidean": write("weighted-euclidean", modes=["weightedmean"], similarity_fn_name="euclidean"),
        "last-manhattan": write("last-manhattan", modes=["lasttoken"], similarity_fn_name="manhattan"),
        "roberta-all-dense": write(
            "roberta-all-dense",
            modes=["mean", "cls", "max", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"],
            dense=[(6, tanh, True), (4, identity, False)],
            normalize=True,
            kind="roberta",
            lower=True,
        ),
        "prompt": write(
            "prompt",
            modes=["mean", "weightedmean", "cls"],
            include_prompt=False,
            prompts={"query": "query : "},
            default_prompt_name="query",
        ),
    }
    encoder("bert", ROOT / "plain")
    cases["plain"] = expected(ROOT / "plain")
    versions = {module.__name__: module.__version__ for module in (sentence_transformers, torch, transformers)}
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(case)}" for name, case in cases.items())
    text = f'{{"versions": {json.dumps(versions)},\n"texts": {json.dumps(TEXTS)},\n"cases": {{\n{lines}\n}}}}\n'
    (ROOT / "embeddings.json").write_text(text)
    print(f"{ROOT}: {len(cases)} models")


main()
