"""unpack_wheel.py WHEEL DIRECTORY PATTERN...: unpacks the wheel's members whose names match a regular expression.

Prints a line with the percentage done when it changes, and then one line of JSON: the names of the files. The zip
module checks each member's checksum.
"""

import json
import os
import re
import sys
import zipfile

BLOCK = 8 * 1024 * 1024


def unpack(wheel, directory, patterns):
    wanted = re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
    with zipfile.ZipFile(wheel) as archive:
        members = [m for m in archive.infolist() if not m.is_dir() and wanted.fullmatch(m.filename)]
        total = sum(member.file_size for member in members)
        done = 0
        percent = -1
        for member in members:
            path = os.path.join(directory, *member.filename.split("/"))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with archive.open(member) as source, open(path, "wb") as target:
                while block := source.read(BLOCK):
                    target.write(block)
                    done += len(block)
                    if percent < (percent := done * 100 // total):
                        print(percent, flush=True)
                os.fchmod(target.fileno(), 0o755 if member.external_attr >> 16 & 0o100 else 0o644)
    return [member.filename for member in members]


print(json.dumps(unpack(sys.argv[1], sys.argv[2], sys.argv[3:])))
