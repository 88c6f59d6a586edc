"""Prints, as JSON, this interpreter, whether it has pip, and the TensorFlow installed for it, which is not imported."""

import importlib.util
import json
import os
import sys


def tensorflow():
    spec = importlib.util.find_spec("tensorflow")
    if spec is None or not spec.origin:
        return None
    return os.path.dirname(os.path.realpath(spec.origin))


print(
    json.dumps(
        {
            "executable": sys.executable,
            "version": ".".join(map(str, sys.version_info[:3])),
            "pip": importlib.util.find_spec("pip") is not None,
            "tensorflow": tensorflow(),
        }
    )
)
