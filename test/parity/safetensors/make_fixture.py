"""Writes the file that ours must read, and write again byte by byte.

    python make_fixture.py DIR      (pip install safetensors==0.8.0)
"""

import ctypes
import pathlib
import struct
import sys

from safetensors import TensorSpec, serialize

values = [0, 1, 2, 3, 100, 127]
formats = {
    "bool": "?", "uint8": "B", "int8": "b", "int16": "h", "uint16": "H", "float16": "e", "int32": "i", "uint32": "I",
    "float32": "f", "float64": "d", "int64": "q", "uint64": "Q",
}
tensors = {
    f"{name}.weight": {"dtype": name, "shape": [2, 3], "data": struct.pack(f"<6{code}", *values)}
    for name, code in formats.items()
}
bits = [struct.unpack("<I", struct.pack("<f", value))[0] >> 16 for value in values]
tensors["bfloat16.weight"] = {"dtype": "bfloat16", "shape": [2, 3], "data": struct.pack("<6H", *bits)}
tensors["scalar"] = {"dtype": "float32", "shape": [], "data": struct.pack("<f", -0.5)}
tensors["empty"] = {"dtype": "float32", "shape": [0, 4], "data": b""}
tensors["層.0 \"quoted\\\""] = {"dtype": "uint8", "shape": [1], "data": b"\x07"}

buffers = {name: ctypes.create_string_buffer(tensor["data"]) for name, tensor in tensors.items()}
specs = {
    name: TensorSpec(
        dtype=tensor["dtype"],
        shape=tensor["shape"],
        data_ptr=ctypes.addressof(buffers[name]),
        data_len=len(tensor["data"]),
    )
    for name, tensor in tensors.items()
}
data = serialize(specs, metadata={"format": "pt"})
(pathlib.Path(sys.argv[1]) / "every_dtype.safetensors").write_bytes(data)
