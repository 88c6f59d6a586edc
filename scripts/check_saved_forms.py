"""Checks that transformers reads what chui's savePretrained wrote in other number types and in shards.

    python scripts/check_saved_forms.py REFERENCE DIRECTORY...      (pip install torch transformers)

REFERENCE is the model that was loaded, with float32 weights; each DIRECTORY is what was saved of it. transformers has to
load it without a message, in the type that its config.json names, float32 by default, and every weight has to be the
reference's, rounded to that type, bit for bit. A directory with modules.json is loaded by sentence-transformers too, where
that is installed, and has to give the embeddings of the reference: 1 - cos is at most 1e-3.

Prints a line for each directory and exits with 1 if one is not as it should be.
"""

import json
import logging
import pathlib
import sys
import warnings

try:
    import torch
    import transformers
except ImportError as error:
    sys.exit(f"check_saved_forms needs {error.name}: pip install torch transformers")

TEXTS = ["A cat sits on the mat.", "", "Ça coûte déjà très cher.", "注意 😀"]
# Of embeddings that PyTorch computes in bfloat16 throughout.
LIMIT = 1e-3


class Messages(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.texts = []

    def emit(self, record):
        self.texts.append(record.getMessage())


def one_line(text):
    return " ".join(str(text).split())[:300]


def load(directory):
    """The model by its own type, and what transformers said of it."""
    messages = Messages()
    logger = logging.getLogger("transformers")
    logger.addHandler(messages)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            architectures = json.loads((directory / "config.json").read_text())["architectures"]
            model_class = getattr(transformers, architectures[0])
            model, info = model_class.from_pretrained(directory, dtype="auto", output_loading_info=True)
    finally:
        logger.removeHandler(messages)
    said = messages.texts + [str(each.message) for each in caught]
    said += [f"{kind}: {sorted(map(str, names))[:3]}" for kind, names in info.items() if names]
    return model, said


def embeddings(directory):
    import sentence_transformers

    model = sentence_transformers.SentenceTransformer(str(directory), device="cpu")
    return model.encode(TEXTS, convert_to_tensor=True).double()


def check(reference, directory):
    """What is wrong, or what was seen."""
    expected, _ = load(reference)
    model, said = load(directory)
    if said:
        return False, f"transformers says: {one_line(' | '.join(said))}"
    config = json.loads((directory / "config.json").read_text())
    name = config.get("dtype") or config.get("torch_dtype") or "float32"
    dtype = getattr(torch, name)
    weights, wanted = model.state_dict(), expected.state_dict()
    if weights.keys() != wanted.keys():
        return False, f"weights differ: {sorted(weights.keys() ^ wanted.keys())[:3]}"
    for key, weight in weights.items():
        if weight.dtype != dtype:
            return False, f"{key} must be {dtype}, but is {weight.dtype}"
        if not torch.equal(weight, wanted[key].to(dtype)):
            return False, f"{key} is not the reference's, rounded"
    files = len(list(directory.glob("model*.safetensors")))
    seen = f"{len(weights)} weights of {name} in {files} file{'s' if files > 1 else ''}, as they should be"
    if not (directory / "modules.json").exists():
        return True, seen
    try:
        ours, theirs = embeddings(directory), embeddings(reference)
    except ImportError:
        return True, f"{seen}; sentence-transformers is not installed"
    worst = (1 - torch.nn.functional.cosine_similarity(ours, theirs)).max().item()
    return worst <= LIMIT, f"{seen}; by sentence-transformers 1 - cos is at most {worst:.1e}"


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    reference, *directories = map(pathlib.Path, sys.argv[1:])
    transformers.logging.disable_progress_bar()
    failed = False
    for directory in directories:
        try:
            good, text = check(reference, directory)
        except Exception as error:
            good, text = False, f"{type(error).__name__}: {one_line(error)}"
        failed |= not good
        print(f"{directory}: {'' if good else 'FAILED, '}{text}", flush=True)
    sys.exit(failed)


main()
