"""Checks that transformers reads directories that chui's savePretrained wrote, and computes what is expected.

    python scripts/check_round_trip.py DIRECTORY... [--io FILE] [--may-lack REGEX]      (pip install torch transformers)

A directory has config.json and safetensors files. Beside it, or in it, stands io.safetensors (--io names another file) with
`input.NAME`, arguments of the model, and `output.NAME`, what it is to give; `output.NAME.0` is the first of a tuple. Other
tensors are left out. The model is loaded by the Auto class that gives the first of config.json's `architectures`, computes in
float32 with eager attention and without dropout, and may differ by max|a - b| / max|b| of 1e-4 in each output.

Prints a line for each directory. Exits with 1 if one cannot be loaded, if transformers says that weights are missing,
unexpected, of another shape or newly initialised, if transformers 4 would take them for TensorFlow's, or if an output differs.
"""

import argparse
import logging
import pathlib
import re
import sys
import warnings

try:
    import safetensors
    import safetensors.torch
    import torch
    import transformers
except ImportError as error:
    sys.exit(f"check_round_trip needs {error.name}: pip install torch transformers")

TOLERANCE = 1e-4

# An architecture may belong to several Auto classes; all of them load the same.
AUTO_CLASSES = (
    "AutoModelForSequenceClassification",
    "AutoModelForTokenClassification",
    "AutoModelForQuestionAnswering",
    "AutoModelForMultipleChoice",
    "AutoModelForNextSentencePrediction",
    "AutoModelForSeq2SeqLM",
    "AutoModelForMaskedLM",
    "AutoModelForCausalLM",
    "AutoModelForImageClassification",
    "AutoModelForPreTraining",
    "AutoModel",
)
ABOUT_WEIGHTS = re.compile(r"\bmissing\b|unexpected|initiali[sz]ed|not used|mismatch|not found in", re.IGNORECASE)


class Failure(Exception):
    """What is wrong with a directory, in a line."""


class Messages(logging.Handler):
    """Gathers what transformers logs and what Python warns of, while it is entered."""

    def __enter__(self):
        self.texts = []
        self.logger = logging.getLogger("transformers")
        self.others, self.logger.handlers = self.logger.handlers, [self]
        transformers.logging.set_verbosity_warning()
        # Another directory may have been told already what is said only once.
        once = type(self.logger).warning_once
        if hasattr(once, "cache_clear"):
            once.cache_clear()
        self.warnings = warnings.catch_warnings(record=True)
        self.caught = self.warnings.__enter__()
        warnings.simplefilter("always")
        return self

    def __exit__(self, *error):
        self.warnings.__exit__(*error)
        self.logger.handlers = self.others
        self.texts += [str(warning.message) for warning in self.caught]

    def emit(self, record):
        self.texts.append(record.getMessage())


def auto_class_of(config):
    architectures = config.architectures or []
    if not architectures:
        raise Failure("config.json must have architectures, but has none")
    for name in AUTO_CLASSES:
        found = getattr(transformers, name)._model_mapping.get(type(config), ())
        classes = found if isinstance(found, (tuple, list)) else (found,)
        if architectures[0] in [each.__name__ for each in classes]:
            return getattr(transformers, name)
    raise Failure(f"architectures must be what an Auto class gives, but are {', '.join(architectures)}")


def load(directory, may_lack):
    """The model and its Auto class."""
    for path in sorted(directory.glob("model*.safetensors")):
        with safetensors.safe_open(path, "pt") as file:
            kind = (file.metadata() or {}).get("format", "pt")
        if kind != "pt":
            raise Failure(f"{path.name} must have the format pt, as transformers 4 asks, but has {kind}")
    config = transformers.AutoConfig.from_pretrained(directory)
    auto_class = auto_class_of(config)
    model, loading = auto_class.from_pretrained(
        directory,
        dtype=torch.float32,
        attn_implementation="eager",
        output_loading_info=True,
        ignore_mismatched_sizes=True,
    )
    if may_lack:
        loading["missing_keys"] = {name for name in loading["missing_keys"] if not re.fullmatch(may_lack, name)}
    wrong = [f"{kind.removesuffix('_keys')} {names_of(keys)}" for kind, keys in loading.items() if keys]
    if wrong:
        raise Failure(f"weights are {'; '.join(wrong)}")
    return model.eval(), auto_class


def names_of(keys):
    names = sorted(key if isinstance(key, str) else str(key[0]) for key in keys)
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


def one_line(text):
    return " ".join(str(text).split())


def flat(outputs):
    """Tensors by the names that files have for them."""
    for name, value in outputs.items():
        if isinstance(value, torch.Tensor):
            yield name, value
        elif isinstance(value, (tuple, list)):
            yield from ((f"{name}.{i}", each) for i, each in enumerate(value) if isinstance(each, torch.Tensor))


@torch.inference_mode()
def compare(model, path):
    """How many outputs there are, and the largest difference with its output's name."""
    tensors = safetensors.torch.load_file(path)
    inputs, expected = (
        {name.removeprefix(side): tensor for name, tensor in tensors.items() if name.startswith(side)}
        for side in ("input.", "output.")
    )
    if not expected:
        raise Failure(f"{path} must hold an output, but holds none")
    inputs = {name: each.long() if each.dtype == torch.int32 else each for name, each in inputs.items()}
    kinds = {re.sub(r"\.\d+$", "", name) for name in expected}
    asked = {
        f"output_{kind}": True for kind in ("hidden_states", "attentions") if any(name.endswith(kind) for name in kinds)
    }
    outputs = dict(flat(model(**inputs, **asked, return_dict=True)))

    worst = (-1.0, "")
    for name, wanted in expected.items():
        if name not in outputs:
            raise Failure(f"outputs must have {name}, but are {', '.join(outputs)}")
        given = outputs[name]
        if given.shape != wanted.shape:
            raise Failure(f"{name} must have the shape {list(wanted.shape)}, but has {list(given.shape)}")
        difference = (given.double() - wanted.double()).abs().max().item()
        scale = wanted.double().abs().max().item()
        relative = difference / scale if scale > 0 else difference
        if not relative <= TOLERANCE:
            raise Failure(f"{name} must differ by {TOLERANCE:.0e} at most, but differs by {relative:.1e}")
        worst = max(worst, (relative, name))
    return len(expected), *worst


def check(directory, io, may_lack):
    """A line about a directory that is as it should be."""
    if not (directory / "config.json").is_file():
        raise Failure("a directory must have config.json, but has none")
    paths = [io] if io else [place / "io.safetensors" for place in (directory, directory.parent)]
    path = next((path for path in paths if path.is_file()), None)
    if path is None:
        raise Failure(f"inputs and outputs must be in {' or '.join(map(str, paths))}")
    with Messages() as messages:
        try:
            model, auto_class = load(directory, may_lack)
            count, difference, name = compare(model, path)
        except Failure:
            raise
        except Exception as error:
            raise Failure(f"{type(error).__name__}: {one_line(error)[:300]}") from error
    for text in messages.texts:
        # The report is of what was checked one by one.
        if "LOAD REPORT" in text:
            continue
        if ABOUT_WEIGHTS.search(text):
            raise Failure(f"transformers warns: {one_line(text)}")
        print(f"{directory}: transformers says: {one_line(text)}", file=sys.stderr)
    loaded = f"{type(model).__name__} by {auto_class.__name__}"
    return f"{loaded}, {count} outputs differ by {difference:.1e} at most ({name})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directories", type=pathlib.Path, nargs="+", metavar="DIRECTORY")
    parser.add_argument("--io", type=pathlib.Path, help="file of inputs and outputs, the same for all directories")
    parser.add_argument("--may-lack", metavar="REGEX", help="names of weights that may be missing, for no output uses them")
    args = parser.parse_args()

    transformers.logging.disable_progress_bar()
    failed = False
    for directory in args.directories:
        try:
            print(f"{directory}: {check(directory, args.io, args.may_lack)}", flush=True)
        except Failure as failure:
            failed = True
            print(f"{directory}: FAILED, {failure}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
