"""A contender's side of the protocol that bench/src/serve.ts describes."""

import json
import resource
import sys
import time


def serve(name, parameters, run, output=None, **more):
    """`run` makes one step, to its end, and returns its loss. What is said goes to `output`, standard output by default."""

    def say(**message):
        print(json.dumps(message), file=output, flush=True)

    def timed():
        started = time.perf_counter()
        loss = run()
        return (time.perf_counter() - started) * 1000, loss

    first_call, loss = timed()
    say(name=name, parameters=parameters, firstCallMs=first_call, loss=loss, **more)
    for line in sys.stdin:
        milliseconds = []
        for _ in range(int(line)):
            elapsed, loss = timed()
            milliseconds.append(elapsed)
        say(milliseconds=milliseconds)
    unit = 1 if sys.platform == "darwin" else 1024
    say(peakBytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit, lastLoss=loss)
