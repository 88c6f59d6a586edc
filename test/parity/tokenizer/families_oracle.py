"""Writes what transformers' converters make of small SentencePiece files, arranged as each family of models has them.

    python families_oracle.py --out DIR      (pip install transformers==5.23.0 tokenizers==0.23.3 sentencepiece protobuf)

Each file is {"file", "model", "config", "cases": [{"text", "pair"?, "expected"}]}; the model is the file's bytes in base64.
The converters are those that wrote the tokenizer.json of these models. Three of their parts are not in transformers 5 any
more and stand here as they were: merges by score, the languages of NLLB, the special token of Gemma.
"""

import argparse
import base64
import importlib
import io
import json
import pathlib
import random
import tempfile
import types
import typing

import sentencepiece
from oracle import plain
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, processors
from transformers import PreTrainedTokenizerFast
from transformers.models.nllb.tokenization_nllb import FAIRSEQ_LANGUAGE_CODES as NLLB_LANGUAGES

converters = importlib.import_module("transformers.convert_slow_tokenizer")

WORDS = ["the", "cat", "cats", "sat", "on", "mat", "matting", "is", "12,", "3,", "猫", "である", "名前", "は", "まだ", "無い", "。"]
SPECIAL = ["<s>", "</s>", "<unk>", "<pad>", "<mask>", "[CLS]", "[SEP]", "[MASK]", "<cls>", "<bos>", "<extra_id_7>"]
SPECIAL += ["<mask_2>", "<unk_2>", "en_XX", "ja_XX", "eng_Latn", "zul_Latn", "＜mask＞", "[mask]", "<0x41>", "<b>"]
ODD = ["é", "e\u0301", "Ａ", "ﬁ", "``", "''", "zz", "😀", "(", ")", ".", "▁", "\t", "\n", "  ", "   ", " ", "\u3000", "Cat", "MAT"]
RULES = {"Ａ": "A", "＜": "<", "＞": ">", "\t": " ", "\n": " ", "\u3000": " ", "ﬁ": "fi", "e\u0301": "é"}


def texts(seed, count):
    """Words, special tokens and oddities, with and without spaces between."""
    generator = random.Random(seed)
    pools = [WORDS, WORDS, SPECIAL, ODD]
    for _ in range(count):
        parts = [generator.choice(generator.choice(pools)) for _ in range(generator.randint(1, 9))]
        yield generator.choice(["", " "]).join(parts)


def train(**options):
    """A SentencePiece model of invented lines."""
    generator = random.Random(1)
    lines = [" ".join(generator.choices(WORDS, k=6)) for _ in range(400)]
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as rules:
        for source, target in RULES.items():
            codes = [" ".join(f"{ord(character):X}" for character in text) for text in (source, target)]
            rules.write("\t".join(codes) + "\n")
        rules.flush()
        written = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(lines),
            model_writer=written,
            hard_vocab_limit=False,
            minloglevel=2,
            **({"normalization_rule_tsv": rules.name} | options),
        )
    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(written.getvalue())
    model.normalizer_spec.ClearField("normalization_rule_tsv")  # the name of a temporary file
    return model


NORMAL, UNKNOWN, CONTROL, USER = 1, 2, 3, 4


def arrange(model, first, user=(), last=()):
    """The model with other special pieces."""
    arranged = sentencepiece_model_pb2.ModelProto()
    arranged.CopyFrom(model)
    del arranged.pieces[:]
    kinds = [(piece, UNKNOWN if piece.lower() in ("<unk>", "[unk]") else CONTROL) for piece in first]
    for piece, kind in kinds + [(piece, USER) for piece in user]:
        arranged.pieces.add(piece=piece, score=0, type=kind)
    known = {piece.piece for piece in arranged.pieces}
    arranged.pieces.extend(piece for piece in model.pieces if piece.type == NORMAL and piece.piece not in known)
    for piece in last:
        arranged.pieces.add(piece=piece, score=0, type=CONTROL)
    spec = arranged.trainer_spec
    spec.unk_id, spec.unk_piece = next((i, p.piece) for i, p in enumerate(arranged.pieces) if p.type == UNKNOWN)
    return arranged


def merges_by_score(self, scores):
    vocab = {piece.piece: i for i, piece in enumerate(self.proto.pieces)}
    merges = converters.generate_merges(vocab, scores)
    return vocab, merges


converters.SentencePieceExtractor.extract = merges_by_score


class NllbConverter(converters.NllbConverter):
    def vocab(self, proto):
        return super().vocab(proto) + [(piece, 0.0) for piece in [*NLLB_LANGUAGES, "<mask>"]]


class LlamaConverter(converters.LlamaConverter):
    def post_processor(self):
        return processors.TemplateProcessing("<s> $A", "<s>:0 $A:0 <s>:1 $B:1", [("<s>", 1)])


class GemmaConverter(converters.GemmaConverter):
    SpmExtractor = converters.SentencePieceExtractor
    special_tokens = set()

    def vocab(self, proto):
        return [(piece.piece, piece.score) for piece in proto.pieces]

    def post_processor(self):
        return processors.TemplateProcessing("<bos> $A", "<bos>:0 $A:0 <bos>:1 $B:1", [("<bos>", 2)])


def roles(**tokens):
    return {f"{role}_token": token for role, token in tokens.items()}


def found_with_spaces(token, **flags):
    return AddedToken(token, lstrip=True, special=True, **flags)


ROBERTA = roles(bos="<s>", eos="</s>", unk="<unk>", sep="</s>", pad="<pad>", cls="<s>", mask=found_with_spaces("<mask>"))
BERT = roles(bos="[CLS]", eos="[SEP]", unk="<unk>", sep="[SEP]", pad="<pad>", cls="[CLS]", mask="[MASK]")
XLNET = roles(bos="<s>", eos="</s>", unk="<unk>", sep="<sep>", pad="<pad>", cls="<cls>", mask="<mask>")
DEBERTA = BERT | roles(unk="[UNK]", pad="[PAD]")
FAIRSEQ = ["<unk>", "<s>", "</s>"]
ALBERT_FIRST = ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"]
DEBERTA_FIRST = ["[PAD]", "[CLS]", "[SEP]", "[UNK]"]
T5_FIRST = ["<pad>", "</s>", "<unk>"]
BARTHEZ_FIRST = ["<s>", "<pad>", "</s>", "<unk>"]
BIG_BIRD_FIRST = ["<pad>", "</s>", "<s>", "<unk>", "[CLS]", "[SEP]", "[MASK]"]
XLNET_FIRST = [*FAIRSEQ, "<cls>", "<sep>", "<pad>", "<mask>", "<eod>", "<eop>"]
CASED = {"do_lower_case": False, "keep_accents": True}


def more(*codes, **kwargs):
    return ROBERTA | {"additional_special_tokens": codes} | kwargs


class Family(typing.NamedTuple):
    kind: str
    file: str
    converter: type
    special: dict
    first: typing.Sequence[str] = ()  # special pieces of the file,
    user: typing.Sequence[str] = ()  # some that texts may have,
    last: typing.Sequence[str] = ()  # and some at its end
    config: dict = {}


MASK = found_with_spaces("<mask>", normalized=True)
UNUSED = ["<s>NOTUSED", "</s>NOTUSED", "<unk>NOTUSED"]
PEGASUS = roles(eos="</s>", unk="<unk>", pad="<pad>", mask="<mask_2>")
PEGASUS["additional_special_tokens"] = ["<mask_1>", *(f"<unk_{i}>" for i in range(2, 103))]
T5 = roles(eos="</s>", unk="<unk>", pad="<pad>")
T5["additional_special_tokens"] = [f"<extra_id_{i}>" for i in range(100)]
LLAMA = roles(bos="<s>", eos="</s>", unk="<unk>")
GEMMA = roles(bos="<bos>", eos="<eos>", unk="<unk>", pad="<pad>", mask="<mask>")
BIG_BIRD = BERT | roles(bos="<s>", eos="</s>")
SPM, PUNCTUATION = "sentencepiece.bpe", {"do_lower_case": True, "split_by_punct": True}
MBART, MBART50 = more(*converters.MBART_LANGUAGES), more(*converters.MBART50_LANGUAGES)
FAMILIES = {
    "albert": Family("Albert", "spiece", converters.AlbertConverter, BERT, ALBERT_FIRST, user="()."),
    "albert_cased": Family("Albert", "spiece", converters.AlbertConverter, BERT, ALBERT_FIRST, config=CASED),
    "barthez": Family("Barthez", SPM, converters.BarthezConverter, ROBERTA, BARTHEZ_FIRST, last=["<mask>"]),
    "big_bird": Family("BigBird", "spiece", converters.BigBirdConverter, BIG_BIRD, BIG_BIRD_FIRST),
    "camembert": Family("Camembert", SPM, converters.CamembertConverter, more(*UNUSED), FAIRSEQ),
    "deberta_v2": Family("DebertaV2", "spm", converters.DebertaV2Converter, DEBERTA, DEBERTA_FIRST),
    "deberta_v2_punctuation": Family(
        "DebertaV2", "spm", converters.DebertaV2Converter, DEBERTA, DEBERTA_FIRST, config=PUNCTUATION
    ),
    "gemma": Family("Gemma", "tokenizer", GemmaConverter, GEMMA),
    "llama": Family("Llama", "tokenizer", LlamaConverter, LLAMA),
    "llama_not_legacy": Family("Llama", "tokenizer", LlamaConverter, LLAMA, config={"legacy": False}),
    "mbart": Family("MBart", SPM, converters.MBartConverter, MBART, FAIRSEQ, config={"src_lang": "ja_XX"}),
    "mbart50": Family("MBart50", SPM, converters.MBart50Converter, MBART50, FAIRSEQ),
    "nllb": Family("Nllb", SPM, NllbConverter, more(*NLLB_LANGUAGES, mask_token=MASK), FAIRSEQ),
    "pegasus": Family("Pegasus", "spiece", converters.PegasusConverter, PEGASUS, T5_FIRST),
    "t5": Family("T5", "spiece", converters.T5Converter, T5, T5_FIRST),
    "t5_not_legacy": Family("T5", "spiece", converters.T5Converter, T5, T5_FIRST, config={"legacy": False}),
    "xlm_roberta": Family("XLMRoberta", SPM, converters.XLMRobertaConverter, ROBERTA, FAIRSEQ),
    "xlnet": Family("XLNet", "spiece", converters.XLNetConverter, XLNET, XLNET_FIRST),
}

# what converters ask of a tokenizer, beside its configuration
ASKED = {"keep_accents": False, "split_by_punct": False, "_extra_ids": 100, "offset": 103}
ASKED |= {"legacy": True, "add_prefix_space": True, "convert_ids_to_tokens": FAIRSEQ.__getitem__}
ASKED |= {"pad_token": "<pad>", "eos_token": "</s>", "eos_token_id": 1}
ASKED |= {"mask_token": "<mask_2>", "mask_token_id": 3, "mask_token_sent": "<mask_1>"}


def convert(name, model):
    _, _, converter_class, special, *_, config = FAMILIES[name]
    asked = ASKED | {"do_lower_case": name == "albert"} | config
    with tempfile.NamedTemporaryFile(suffix=".model") as file:
        file.write(model.SerializeToString())
        file.flush()
        slow = types.SimpleNamespace(vocab_file=file.name, **asked)
        converter = converter_class(slow)
        ids = {piece: i for i, (piece, _) in enumerate(converter.vocab(converter.proto))}
        slow.convert_tokens_to_ids = ids.get
        tokenizer = PreTrainedTokenizerFast(tokenizer_object=converter.converted(), **special)
    if "src_lang" in config:  # what the tokenizer itself does with it
        code = config["src_lang"]
        tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
            f"$A </s> {code}", f"$A $B </s> {code}", [("</s>", 2), (code, ids[code])]
        )
    return tokenizer


def case(tokenizer, text, pair):
    encoding = tokenizer.backend_tokenizer.encode(text, pair)
    expected = plain(encoding, [text] if pair is None else [text, pair])
    expected["decoded"] = tokenizer.decode(encoding.ids)
    expected["decodedWithoutSpecial"] = tokenizer.decode(encoding.ids, skip_special_tokens=True)
    return {"text": text, **({} if pair is None else {"pair": pair}), "expected": expected}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--count", type=int, default=16)
    arguments = parser.parse_args()
    unigram, bpe = train(vocab_size=90), train(vocab_size=100, model_type="bpe")
    bytes_of_bpe = {"vocab_size": 400, "model_type": "bpe", "byte_fallback": True, "normalization_rule_tsv": ""}
    bytes_of_bpe |= {"normalization_rule_name": "identity", "remove_extra_whitespaces": False}
    llama = train(**bytes_of_bpe)
    gemma = train(
        **bytes_of_bpe,
        **{"pad_id": 0, "eos_id": 1, "bos_id": 2, "unk_id": 3, "bos_piece": "<bos>", "eos_piece": "<eos>"},
        **{"add_dummy_prefix": False, "user_defined_symbols": ["<mask>", "<b>"]},
    )
    trained = {"nllb": bpe, "gemma": gemma, "llama": llama, "llama_not_legacy": llama}
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, family in FAMILIES.items():
        model = trained.get(name, unigram)
        if family.first:
            model = arrange(model, family.first, family.user, family.last)
        tokenizer = convert(name, model)
        chosen = ["", " ", "the cat", *texts(name, arguments.count)]
        pairs = [None if i % 3 else chosen[-i - 1] for i in range(len(chosen))]
        recorded = {
            "file": f"{family.file}.model",
            "model": base64.b64encode(model.SerializeToString()).decode(),
            "config": {"tokenizer_class": f"{family.kind}Tokenizer", **family.config},
            "cases": [case(tokenizer, text, pair) for text, pair in zip(chosen, pairs)],
        }
        text = json.dumps(recorded, ensure_ascii=False)
        (arguments.out / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
