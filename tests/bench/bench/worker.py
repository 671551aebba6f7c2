"""The worker's side of the protocol: one process holds one engine, waits on stdin without computing, and answers each line with one line of JSON.

    load SETTINGS     JSON: folder, rows, threads, inputs, ...      {"seconds": process start to model ready}
    check OUT         one pass over the inputs, written to OUT      {"written": OUT}
    run K             K passes                                      {"milliseconds": [K values]}
    quit
"""
import json
import os
import sys
import time


def serve(open_engine):
    """open_engine(settings) -> an object with `forward()`, which computes everything before it returns, and `write(path)`."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)                                           # whatever a library prints goes to the log, not between the answers
    engine = None
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        if word == "quit":
            return
        if word == "load":
            engine = open_engine(json.loads(rest))
            answer = {"seconds": seconds_since_process_start()}
        elif word == "check":
            engine.write(rest)
            answer = {"written": rest}
        elif word == "run":
            answer = {"milliseconds": [milliseconds(engine.forward) for _ in range(int(rest))]}
        else:
            raise SystemExit(f"worker: unknown command {line!r}")
        print(json.dumps(answer), file=answers, flush=True)


def milliseconds(work):
    start = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - start)


def seconds_since_process_start():
    started = int(open("/proc/self/stat").read().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started
