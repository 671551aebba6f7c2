"""The harness's side of the protocol of worker.py: start a process, ask it one line, read one JSON answer, know how much CPU it has used."""
import json
import os
import queue
import resource
import signal
import subprocess
import threading
import time

TICKS = os.sysconf("SC_CLK_TCK")


class WorkerFailed(Exception):
    pass


class Worker:
    def __init__(self, command, environment, log):
        self.command, self.log = command, log
        with open(log, "w") as errors:
            self.process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                                            text=True, bufsize=1, start_new_session=True)
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def send(self, line):
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        except OSError:
            raise WorkerFailed(self.last_words())

    def answer(self, key, timeout):
        """The next JSON object that holds `key`; other lines are skipped."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                line = self.lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise WorkerFailed(f"no answer in {timeout:.0f} s")
            if line is None:
                raise WorkerFailed(self.last_words())
            try:
                value = json.loads(line)
            except ValueError:
                continue
            if isinstance(value, dict) and "error" in value:
                raise WorkerFailed(str(value["error"]))
            if isinstance(value, dict) and key in value:
                return value[key]

    def ask(self, line, key, timeout=900.0):
        self.send(line)
        return self.answer(key, timeout)

    def last_words(self):
        lines = [line for line in open(self.log, errors="replace").read().splitlines() if line.strip()]
        return f"ended with status {self.process.poll()}: {' | '.join(lines[-3:])[-600:]} (log: {self.log})"

    def cpu_seconds(self):
        """User and system time of the process and everything it started."""
        used, parents = {}, {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    fields = open(f"/proc/{entry}/stat").read().rpartition(")")[2].split()
                except OSError:                             # it ended meanwhile
                    continue
                parents[int(entry)] = int(fields[1])
                used[int(entry)] = sum(int(field) for field in fields[11:15]) / TICKS
        family = {self.process.pid}
        while True:
            more = {pid for pid, parent in parents.items() if parent in family} - family
            if not more:
                return sum(used.get(pid, 0.0) for pid in family)
            family |= more

    def close(self):
        try:
            self.send("quit")
            self.process.wait(20)
        except (WorkerFailed, subprocess.TimeoutExpired):
            os.killpg(self.process.pid, signal.SIGKILL)     # its own session: only what it started
            self.process.wait()


class Command:
    """What a Worker is to the harness, for a program that starts, prints one JSON object and ends, once a turn."""

    def __init__(self, command, log):
        self.command, self.log, self.last, self.used = command, log, None, 0.0

    def run(self, key):
        """The object that it printed, which holds a number under `key`."""
        before = children_seconds()
        with open(self.log, "w") as errors:
            result = subprocess.run(self.command, stdout=subprocess.PIPE, stderr=errors, text=True)
        self.used += children_seconds() - before
        if result.returncode != 0:
            words = [line for line in open(self.log, errors="replace").read().splitlines() if line.strip()]
            raise WorkerFailed(f"ended with status {result.returncode}: {' | '.join(words[-3:])[-600:]} (log: {self.log})")
        try:
            self.last = json.loads(result.stdout)
            found = isinstance(self.last[key], (int, float))
        except (ValueError, KeyError, TypeError):
            found = False
        if not found:
            raise WorkerFailed(f"printed no {key}: {result.stdout.strip()[-300:]!r}")
        return self.last

    def cpu_seconds(self):
        return self.used

    def close(self):
        pass                                                # each run has ended


def children_seconds():
    """CPU of processes that were waited for: the workers, which live on, are not among them."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
