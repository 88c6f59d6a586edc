"""An event file as TensorBoard's own code writes it, for the reports of packages/training/src/callbacks/tensor_board.test.ts.

pip install tensorboard; python test/parity/tensorboard/make_events.py > test/fixtures/tensorboard/events.json
With a directory it prints what TensorBoard reads there instead: scalars by tag, each a step and a value.
"""

import io
import json
import sys

import tensorboard
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_STRING
from tensorboard.summary.writer.record_writer import RecordWriter

TIME = 1_700_000_000.25


def scalars(step, **values):
    tags = [Summary.Value(tag=tag.replace("__", "/"), simple_value=value) for tag, value in values.items()]
    return Event(wall_time=TIME, step=step, summary=Summary(value=tags))


def text(step, tag, content):
    metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="text"))
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=1)])
    tensor = TensorProto(dtype=DT_STRING, tensor_shape=shape, string_val=[content.encode()])
    return Event(
        wall_time=TIME, step=step, summary=Summary(value=[Summary.Value(tag=tag, metadata=metadata, tensor=tensor)])
    )


def written():
    events = [
        Event(wall_time=TIME, file_version="brain.Event:2"),
        text(0, "run", '    {"学習": 1}'),
        scalars(10, train__loss=1.5, train__learning_rate=0.001),
        scalars(300, eval__loss=-0.25, eval__accuracy=1e-9, **{"eval__" + "long" * 50: float("inf")}),
        Event(wall_time=TIME, step=201, session_log=SessionLog(status=SessionLog.START)),
        scalars(2**40, train__loss=float("nan")),
    ]
    file = io.BytesIO()
    writer = RecordWriter(file)
    for event in events:
        writer.write(event.SerializeToString())
    return {"library": f"tensorboard {tensorboard.__version__}", "time": TIME, "hex": file.getvalue().hex()}


def read(directory):
    accumulator = EventAccumulator(directory, size_guidance={"scalars": 0, "tensors": 0}).Reload()
    tags = accumulator.Tags()
    texts = {tag: accumulator.Tensors(tag)[-1].tensor_proto.string_val[0].decode() for tag in tags["tensors"]}
    found = {tag: [[each.step, each.value] for each in accumulator.Scalars(tag)] for tag in tags["scalars"]}
    return {"scalars": found, "texts": texts}


print(json.dumps(read(sys.argv[1]) if len(sys.argv) > 1 else written()))
