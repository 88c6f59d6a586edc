"""Checks that peft reads LoRA adapters that chui saved, and computes what chui computes.

    node scripts/save_lora.mjs DIRECTORY
    python scripts/check_lora.py DIRECTORY      (pip install torch transformers peft)

For each NAME in the directory NAME/adapter is loaded on NAME/base, without a warning of missing or unexpected weights, and then
merged. Logits of NAME/io.safetensors may differ by max|a - b| / max|b| of 1e-4, and must not be those of the base model. Prints a
line for each, and exits with 1 if one is not as it should be.
"""

import json
import pathlib
import sys
import warnings

try:
    import peft
    import torch
    import transformers
    from safetensors.torch import load_file
except ImportError as error:
    sys.exit(f"check_lora needs {error.name}: pip install torch transformers peft")

TOLERANCE = 1e-4


def difference(given, wanted):
    return ((given - wanted).abs().max() / wanted.abs().max()).item()


@torch.inference_mode()
def check(directory):
    """What is wrong, or None, and what was seen."""
    (architecture,) = json.loads((directory / "base/config.json").read_text())["architectures"]
    base = getattr(transformers, architecture).from_pretrained(directory / "base", attn_implementation="eager").eval()
    tensors = load_file(directory / "io.safetensors")
    inputs = {name.removeprefix("input."): each.long() for name, each in tensors.items() if name.startswith("input.")}
    wanted = tensors["output.logits"]
    without = difference(base(**inputs).logits, wanted)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = peft.PeftModel.from_pretrained(base, directory / "adapter").eval()
    told = [str(each.message) for each in caught if "keys" in str(each.message)]
    if told:
        return f"peft warns: {' '.join(told[0].split())}", ""
    names = set(peft.get_peft_model_state_dict(model))
    saved = set(load_file(directory / "adapter/adapter_model.safetensors"))
    if names != saved:
        return f"peft has other names: {', '.join(sorted(names ^ saved)[:5])}", ""
    loaded = difference(model(**inputs).logits, wanted)
    merged = difference(model.merge_and_unload()(**inputs).logits, wanted)
    seen = f"{len(saved)} tensors, logits differ by {loaded:.1e}, merged by {merged:.1e}, the base model's by {without:.1e}"
    return (None if max(loaded, merged) <= TOLERANCE < without else "logits differ"), seen


def main():
    (root,) = sys.argv[1:]
    transformers.logging.disable_progress_bar()
    failed = False
    for directory in sorted(each for each in pathlib.Path(root).iterdir() if each.is_dir()):
        problem, seen = check(directory)
        failed |= problem is not None
        print(f"{directory.name}: {f'FAILED, {problem}: ' if problem else ''}{seen}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
