"""Makes tiny models of random weights and what transformers' pipelines give of them: test/fixtures/pipelines.

    python scripts/make_pipeline_references.py models tasks      (pip install "transformers>=5" torch)
    python scripts/make_pipeline_references.py answers           (pip install "transformers<5" torch)

`models` trains two tokenizers on the lines below and saves the models, in float16; `tasks` writes one file of cases for
each task, and `answers` that of question-answering, which transformers has no more since version 5. A case has the model,
the input, the options and the result, all under transformers' names; offsets count code points.
"""

import json
import pathlib
import sys

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import pipeline

ROOT = pathlib.Path(__file__).parent.parent / "test" / "fixtures" / "pipelines"
MAX_LENGTH = 48

LINES = [
    "Marie Curie was born in Warsaw and lived in Paris with her husband Pierre.",
    "The weather in São Paulo is nice, but Zürich is cold in winter.",
    "A café near the river serves the best crème brûlée of the town.",
    "She said: don't worry, we will be there at 10:30!",
    "Who wrote the letter? Where does he live? When was it built?",
    "The bridge was built in 1894 by an engineer who came from Glasgow.",
    "This film is wonderful; that book was terrible and much too long.",
    "東京は日本の首都です。 私は京都に住んでいます。",
    "Attention is a sum of values, weighted by how well keys answer a query 🙂.",
    "This example is about politics, sports, science or travel.",
    "Nobody knew the answer, so everybody asked the question again and again.",
]

LONG = " ".join(LINES[:7])
TEXTS = [
    "This film is wonderful!",
    "Marie Curie lived in Zürich, not in Paris.",
    "東京 is nice 🙂 and the cafe\u0301 too",
    "a",
    "The unbuilt bridge 👩‍🚀 of Glasgow – who knew?",
    LONG,
]
NER_TEXTS = [
    "Marie Curie lived in Zürich, not in Paris.",
    "Oh 🙂 São Paulo and 東京: a cafe\u0301 🧪🧪 there, Pierre  said.",
    "don't",
    LONG,
]
WORDS = [["Marie", "Curie", "", "lived", "in", "Zürich", ",", "don't", "ok🙂", "東京に"], ["Pierre-André", " ", "a"]]
NER_LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]


def word_piece():
    """BERT's tokenizer, without case and accents."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=230, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(LINES, trainer)
    cls, sep = [(token, tokenizer.token_to_id(token)) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[cls, sep],
    )
    roles = {"unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]", "mask_token": "[MASK]"}
    return tokenizer, {"tokenizer_class": "BertTokenizer", "do_lower_case": True, **roles}


def byte_level(prefix_space):
    """RoBERTa's tokenizer."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix_space)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trainer = trainers.BpeTrainer(
        vocab_size=340,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(LINES, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=prefix_space)
    roles = {"unk_token": "<unk>", "sep_token": "</s>", "pad_token": "<pad>", "cls_token": "<s>", "mask_token": "<mask>"}
    edges = {"bos_token": "<s>", "eos_token": "</s>", "add_prefix_space": prefix_space}
    return tokenizer, {"tokenizer_class": "RobertaTokenizer", **roles, **edges}


def labels(names):
    return {"id2label": dict(enumerate(names)), "label2id": {name: i for i, name in enumerate(names)}}


# Name of the directory: architecture, what its configuration has beside the sizes, seed.
MODELS = {
    "bert-sentiment": ("BertForSequenceClassification", labels(["bad", "fair", "good"]), 1),
    "distilbert-one-label": ("DistilBertForSequenceClassification", labels(["toxic"]), 2),
    "bert-ner": ("BertForTokenClassification", labels(NER_LABELS), 29),
    "roberta-ner": ("RobertaForTokenClassification", labels(NER_LABELS), 32),
    "bert-answers": ("BertForQuestionAnswering", {}, 5),
    "roberta-answers": ("RobertaForQuestionAnswering", {}, 6),
    "bert-masked": ("BertForMaskedLM", {}, 7),
    "roberta-masked": ("RobertaForMaskedLM", {}, 8),
    "distilbert-features": ("DistilBertModel", {}, 9),
    "bert-nli": ("BertForSequenceClassification", labels(["entailment", "neutral", "contradiction"]), 10),
    "roberta-nli": ("RobertaForSequenceClassification", labels(["CONTRADICTION", "NEUTRAL", "ENTAILMENT"]), 11),
}


def make_model(name):
    architecture, extra, seed = MODELS[name]
    family = architecture.split("For")[0].removesuffix("Model")
    is_roberta = family == "Roberta"
    tokenizer, settings = byte_level(prefix_space=name == "roberta-ner") if is_roberta else word_piece()
    sizes = {"vocab_size": tokenizer.get_vocab_size(), "initializer_range": 0.3, "architectures": [architecture], **extra}
    if family == "DistilBert":
        sizes |= {"dim": 32, "hidden_dim": 32, "n_layers": 2, "n_heads": 4, "max_position_embeddings": MAX_LENGTH}
    else:
        sizes |= {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
        sizes["max_position_embeddings"] = MAX_LENGTH + 2 if is_roberta else MAX_LENGTH
    if is_roberta:
        sizes |= {"type_vocab_size": 1, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2}
    torch.manual_seed(seed)
    model = getattr(transformers, architecture)(getattr(transformers, f"{family}Config")(**sizes))
    with torch.no_grad():
        for parameter_name, parameter in model.named_parameters():
            if parameter_name.endswith("bias"):
                parameter.normal_(std=0.3)
        if "TokenClassification" in architecture:
            model.classifier.weight.mul_(4)  # so that every class is found
    directory = ROOT / name
    directory.mkdir(parents=True, exist_ok=True)
    model.half().save_pretrained(directory)
    (directory / "model.safetensors").chmod(0o644)
    config = json.loads((directory / "config.json").read_text())
    del config["dtype"]
    (directory / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    tokenizer.save(str(directory / "tokenizer.json"), pretty=False)
    settings |= {"model_max_length": MAX_LENGTH, "clean_up_tokenization_spaces": False}
    (directory / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")


def load(task, name, **changes):
    pipe = pipeline(task, model=str(ROOT / name), dtype=torch.float32, device="cpu")
    for key, value in changes.items():
        setattr(pipe.model.config, key, value)
    return pipe


def write(task, cases):
    text = json.dumps({"transformers": transformers.__version__, "cases": plain(cases)}, ensure_ascii=False, indent=0)
    (ROOT / f"{task}.json").write_text(text + "\n")
    print(task, len(cases), "cases")


def plain(value):
    """The same as plain data, with numbers of 7 digits."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if hasattr(value, "item"):
        value = value.item()
    return float(f"{value:.7g}") if isinstance(value, float) else value


def text_classification():
    cases = []

    def add(name, given, config={}, **options):
        pipe = load("text-classification", name, **config)
        result = pipe(given, truncation=True, **options)
        cases.append({"model": name, "config": config, "input": given, "options": options, "result": result})

    pairs = [{"text": TEXTS[i], "text_pair": TEXTS[-1 - i]} for i in range(len(TEXTS))]
    for name in ("bert-sentiment", "distilbert-one-label", "roberta-nli"):
        add(name, TEXTS[1])
        add(name, TEXTS)
        add(name, TEXTS[2], top_k=2)
        add(name, TEXTS, top_k=None)
        add(name, pairs, top_k=None)
        for function in ("softmax", "sigmoid", "none"):
            add(name, TEXTS[:2], function_to_apply=function, top_k=None)
        for problem in ("regression", "multi_label_classification", "single_label_classification"):
            add(name, TEXTS[:2], config={"problem_type": problem}, top_k=None)
    write("text-classification", cases)


def token_classification():
    cases = []
    for name in ("bert-ner", "roberta-ner"):
        pipe = load("token-classification", name)

        def add(given, **options):
            cases.append({"model": name, "input": given, "options": options, "result": pipe(given, **options)})

        add(NER_TEXTS)
        add(NER_TEXTS[0], ignore_labels=[])
        add(NER_TEXTS[1], ignore_labels=["O", "B-PER"])
        for strategy in ("none", "simple", "first", "average", "max"):
            add(NER_TEXTS, aggregation_strategy=strategy)
            add(NER_TEXTS, aggregation_strategy=strategy, ignore_labels=["PER"])
            add(WORDS, aggregation_strategy=strategy, is_split_into_words=True)
            if strategy != "none":
                for stride in (0, 5, 20):
                    add(NER_TEXTS, aggregation_strategy=strategy, stride=stride, ignore_labels=[])
        add(WORDS[0], is_split_into_words=True, delimiter="")
    write("token-classification", cases)


def fill_mask():
    cases = []
    for name in ("bert-masked", "roberta-masked"):
        pipe = load("fill-mask", name)
        mask = pipe.tokenizer.mask_token

        def add(given, **options):
            cases.append({"model": name, "input": given, "options": options, "result": pipe(given, **options)})

        one = [f"The {mask} was built in 1894 🙂.", f"{mask}", f"東京は{mask}の首都です。"]
        several = f"Who {mask} the {mask}{mask}?"
        add(one[0])
        add(one)
        add(several, top_k=2)
        add([one[0], several], top_k=1)
        add(one[0], top_k=12)
        add(one[0], targets=["the", "bridge"])
        add(one, targets=["in", " in", "unbelievable", "a"], top_k=3)
        add(several, targets="the")
    write("fill-mask", cases)


def feature_extraction():
    pipe = load("feature-extraction", "distilbert-features")
    cases = []
    for text in TEXTS[:5]:
        states = torch.tensor(pipe(text))[0]
        for pooling, pooled in (("none", states), ("mean", states.mean(0)), ("cls", states[0])):
            for normalize in (False, True):
                if pooling == "none" and (normalize or len(text) > 30):
                    continue
                values = torch.nn.functional.normalize(pooled, dim=-1) if normalize else pooled
                options = {"pooling": pooling, "normalize": normalize}
                cases.append({"input": text, "options": options, "result": values.tolist()})
    for case in cases:
        case["model"] = "distilbert-features"
    write("feature-extraction", cases)


def zero_shot_classification():
    cases = []
    topics = ["politics", "sports", "science", "travel"]
    for name in ("bert-nli", "roberta-nli"):
        pipe = load("zero-shot-classification", name)

        def add(given, candidate_labels, **options):
            result = pipe(given, candidate_labels=candidate_labels, **options)
            case = {"model": name, "input": given, "labels": candidate_labels, "options": options, "result": result}
            cases.append(case)

        add(TEXTS[0], topics)
        add(TEXTS, topics)
        add(TEXTS, topics, multi_label=True)
        add(TEXTS[1:3], "politics, sports,, café ")
        add(TEXTS[0], ["travel"])
        add(TEXTS[2], topics, hypothesis_template="Is it {}?")
    write("zero-shot-classification", cases)


def question_answering():
    cases = []
    questions = [
        {"question": "Who built the bridge?", "context": LONG},
        {"question": "Where?", "context": "🙂 She lived in São Paulo 👩‍🚀, then in 東京 and Zu\u0308rich."},
        {"question": "When was it built?", "context": LINES[5]},
    ]
    for name in ("bert-answers", "roberta-answers"):
        pipe = load("question-answering", name)

        def add(given, **options):
            result = [pipe(**each, **options) for each in given] if isinstance(given, list) else pipe(**given, **options)
            cases.append({"model": name, "input": given, "options": options, "result": result})

        add(questions[0])
        add(questions)
        for options in (
            {"top_k": 3},
            {"align_to_words": False},
            {"handle_impossible_answer": True},
            {"max_answer_len": 1},
            {"max_answer_len": 4, "max_seq_len": 32},
            {"doc_stride": 4},
            {"doc_stride": 12, "max_seq_len": 40},
        ):
            add(questions, **options)
            add(questions, **{"top_k": 5, **options})
    write("question-answering", cases)


if __name__ == "__main__":
    asked = sys.argv[1:]
    if not asked or set(asked) - {"models", "tasks", "answers"}:
        sys.exit(__doc__)
    if "models" in asked:
        for each in MODELS:
            make_model(each)
    if "tasks" in asked:
        text_classification()
        token_classification()
        fill_mask()
        feature_extraction()
        zero_shot_classification()
    if "answers" in asked:
        question_answering()
