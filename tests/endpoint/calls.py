# SPDX-License-Identifier: LGPL-2.1-or-later
"""Endpoints as processes on loopback: started, read line by line, waited for. Each case has addresses of its own."""

import itertools
import json
import os
import queue
import signal
import subprocess
import tempfile
import threading

TIMEOUT = 60  # of anything that is waited for: an endpoint that hangs, not one that is slow

_addresses = itertools.count(1)
_lock = threading.Lock()


def address():
    """An IPv4 loopback address nobody else here uses."""
    with _lock:
        number = next(_addresses)
    return f"127.{1 + number // 250}.{os.getpid() % 250}.{1 + number % 250}"


class Endpoint:
    """One `postern call` or `postern answer`."""

    def __init__(self, program, *words):
        self.words = list(map(str, words))
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([program, *self.words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=self.errors, text=True, errors="replace")
        self.lines = []
        self._arriving = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self._arriving.put(line.rstrip("\n"))
        self._arriving.put(None)

    def line(self, start):
        """The next line that begins with START, waited for."""
        while True:
            line = self._arriving.get(timeout=TIMEOUT)
            if line is None:
                raise AssertionError(f"{self.words} ended without {start!r}: {self.said()}")
            self.lines.append(line)
            if line.startswith(start):
                return line

    def end(self):
        """Waits for the end; returns the exit status."""
        try:
            while (line := self._arriving.get(timeout=TIMEOUT)) is not None:
                self.lines.append(line)
            return self.process.wait(TIMEOUT)
        except (queue.Empty, subprocess.TimeoutExpired):
            self.process.kill()
            raise AssertionError(f"{self.words} did not end: {self.said()}") from None

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def reports(self):
        return [json.loads(line) for line in self.lines if line.startswith("{")]

    def said(self):
        self.errors.seek(0)
        return "\n".join(self.lines) + "\n" + self.errors.read()


class Answer(Endpoint):
    """`postern answer` on a free port, listening when this returns."""

    def __init__(self, program, *words, local=None):
        super().__init__(program, "answer", "--local", local or address(), "--port", 0, *words)
        self.where = self.line("listening on ").split()[-1]


def call(program, where, *words, local=None):
    """One whole call; the endpoint, at its end."""
    placed = place(program, where, *words, local=local)
    placed.status = placed.end()
    return placed


def place(program, where, *words, local=None):
    return Endpoint(program, "call", "--local", local or address(), *words, where)


def pair(program, call_words, answer_words):
    """A call between two endpoints that report in JSON; (caller, callee) at their ends, with their one report."""
    callee = Answer(program, "--json", "--once", 1, *answer_words)
    caller = call(program, callee.where, "--json", *call_words)
    callee.status = callee.end()
    for end in (caller, callee):
        reports = [r for r in end.reports() if "event" not in r]  # those are of data beside the sound
        if len(reports) != 1:
            raise AssertionError(f"{end.words} reported {len(reports)} calls: {end.said()}")
        end.report = reports[0]
    return caller, callee


def addresses(report, by):
    """What one side named, as one of the two ends saw it."""
    return {(a["what"], a["address"], a["where"]) for a in report["signalled"] if a["by"] == by}


def problems(caller, callee, tones=(440, 880)):
    """Lines on what is wrong with a call that should have been good. TONES: what the caller and the callee sent."""
    wrong = []
    for end, other, tone in ((caller, callee, tones[1]), (callee, caller, tones[0])):
        r = end.report
        who = end.words[0]

        def check(good, what):
            if not good:
                wrong.append(f"{who}: {what}")

        check(end.status == 0, f"status {end.status}: {end.said()}")
        check(r["good"], "not good")
        check(abs(r["heard"]["hz"] - tone) < 2 and r["heard"]["purity"] > 0.8, f"heard {r['heard']}, not {tone} Hz")
        strange = {k: r["received"][k] for k in ("other_codec", "other_host", "other_port", "malformed", "lost")}
        check(not any(strange.values()), f"received {strange}")
        check(r["received"]["sources"] == 1, f"{r['received']['sources']} sources")
        check(r["unreadable"] == 0, f"{r['unreadable']} messages could not be read")
        check(r["cleared"]["cause"] == 16, f"cleared with {r['cleared']}")
        mine, theirs = addresses(r, "us"), addresses(other.report, "peer")
        check(mine == theirs, f"signalled {sorted(mine)}, the other read {sorted(theirs)}")
        check(any(a[0] == "RTP" for a in mine), f"named no RTP address: {sorted(mine)}")
    if (caller.report["cleared"]["by"] == "us") == (callee.report["cleared"]["by"] == "us"):
        wrong.append("both or neither say that they cleared")
    return wrong
