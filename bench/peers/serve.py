"""A contender's side of the protocol that bench/src/serve.ts describes."""

import json
import resource
import sys
import time


def serve(name, parameters, run):
    """`run` makes one step, to its end, and returns its loss."""

    def say(**message):
        print(json.dumps(message), flush=True)

    def timed():
        started = time.perf_counter()
        loss = run()
        return (time.perf_counter() - started) * 1000, loss

    first_call, loss = timed()
    say(name=name, parameters=parameters, firstCallMs=first_call, loss=loss)
    for line in sys.stdin:
        say(milliseconds=[timed()[0] for _ in range(int(line))])
    unit = 1 if sys.platform == "darwin" else 1024
    say(peakBytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)
