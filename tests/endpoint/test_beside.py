#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Data beside H.323 calls between endpoints on loopback: the T.120 channel in H.245, chat and files over it, several
callers in one conference, peers without it. Prints TAP.

usage: test_beside.py LAB-FOLDER PROGRAM
"""

import hashlib
import json
import os
import random
import signal
import sys
import tempfile

sys.path.insert(0, sys.argv[1])
PROGRAM = sys.argv[2]

from tap import Tap  # noqa: E402

from calls import Answer, address, place, problems  # noqa: E402

DATA = "--with-data", "--data-port", 0


class Case:
    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.ends, self.wrong = [], []

    def path(self, *names):
        return os.path.join(self.folder.name, *names)

    def made(self, name, size):
        with open(self.path(name), "wb") as file:
            file.write(random.Random(size).randbytes(size))
        return self.path(name)

    def into(self, name):
        os.makedirs(self.path(name), exist_ok=True)
        return "--receive-dir", self.path(name)

    def answer(self, *words):
        self.ends.append(Answer(PROGRAM, "--json", *words))
        return self.ends[-1]

    def call(self, where, *words):
        self.ends.append(place(PROGRAM, where, "--json", *words))
        return self.ends[-1]

    def check(self, good, what):
        if not good:
            self.wrong.append(what)

    def same(self, sent, name):
        try:
            with open(sent, "rb") as one, open(self.path(name), "rb") as two:
                self.check(hashlib.sha256(one.read()).digest() == hashlib.sha256(two.read()).digest(), f"{name} differs")
        except OSError as err:
            self.check(False, str(err))

    def ended(self, end, status=0):
        end.status = end.end()
        self.check(end.status == status, f"status {end.status}, not {status}: {end.said()}")
        end.report = next((r for r in end.reports() if "event" not in r), None)
        self.check(end.report is not None, f"no report: {end.said()}")
        return end

    def close(self):
        for end in self.ends:
            if end.process.poll() is None:
                end.process.kill()
                end.process.wait()
        self.folder.cleanup()


def event(end, kind, /, **values):
    while True:
        got = json.loads(end.line("{"))
        if got.get("event") == kind and all(got.get(k) == v for k, v in values.items()):
            return got


def beside(case, *words):
    """One call with sound, a line of chat each way and a file that takes longer than the call's time."""
    path = case.made("big.bin", 30 << 20)
    callee = case.answer("--once", 1, "--alias", "anna", *DATA, *case.into("in"), "--say", "from anna")
    caller = case.call(callee.where, "--alias", "bert", *DATA, "--say", "from bert", "--send-file", path, "--duration", 1,
                       *words)
    event(callee, "chat", **{"from": "bert", "text": "from bert"})
    event(caller, "chat", **{"from": "anna", "text": "from anna"})
    case.ended(caller), case.ended(callee)
    case.same(path, "in/big.bin")
    if caller.report and callee.report:
        case.wrong += problems(caller, callee)
        for end, other in (caller, callee), (callee, caller):
            said = [a for a in other.report["signalled"] if a["by"] == "us" and a["what"] == "T.120"]
            case.check(len(said) == 1 and said[0]["address"] == end.report["data"], f"data at {end.report['data']}: {said}")
    lines = [r.get("event") for r in callee.reports()]
    case.check("ended" in lines, f"the conference went on: {callee.said()}")


def slow_start(case):
    beside(case)


def fast_and_tunnelled(case):
    beside(case, "--fast", "--tunnel")


def several_callers(case):
    """All calls of a callee are in one conference."""
    callee = case.answer("--alias", "anna", *DATA, *case.into("anna"))
    first = case.call(callee.where, "--alias", "bert", *DATA, "--duration", 600, *case.into("bert"))
    event(first, "in", name="anna")
    second = case.call(callee.where, "--alias", "carl", *DATA, "--say", "to all", "--readers", 2, "--duration", 2,
                       "--send-file", case.made("f", 12345), "--receivers", 2)
    for end in callee, first:
        event(end, "file-received", **{"from": "carl"})
    case.ended(second)
    case.same(case.path("f"), "anna/f")
    case.same(case.path("f"), "bert/f")
    event(first, "out", name="carl")
    first.interrupt()
    case.ended(first)
    event(callee, "ended")
    callee.interrupt()
    case.ended(callee)
    for end in callee, first:
        case.check(any('"to all"' in line for line in end.lines), f"{end.words[:3]} did not hear: {end.lines}")


def without(case):
    """A peer without data gets its call, and who was to send a file says that it did not."""
    callee = case.answer("--once", 1)
    caller = case.call(callee.where, *DATA, "--duration", 1)
    case.ended(caller), case.ended(callee)
    case.check(caller.report["data"] is None, f"data {caller.report['data']}")
    callee = case.answer("--once", 1, *DATA)
    caller = case.call(callee.where, "--duration", 1)
    case.ended(caller), case.ended(callee)
    callee = case.answer("--once", 1)
    caller = case.call(callee.where, *DATA, "--duration", 1, "--send-file", case.made("f", 3))
    case.ended(caller, 1), case.ended(callee)


def usage(case):
    for words in (["--with-data", "--send-file"], ["--with-data", "--send-file", case.path("none")],
                  ["--say", "x"], ["--with-data", "--data-port", "70000"]):
        end = case.call(address(), *words)
        case.check(end.end() == 2, f"{words}: {end.said()}")


def main():
    tap = Tap()
    for rule in slow_start, fast_and_tunnelled, several_callers, without, usage:
        case = Case()
        try:
            rule(case)
        except Exception as err:  # noqa: BLE001
            case.wrong.append(repr(err)[:2000])
        case.close()
        tap.result(rule.__name__, case.wrong)
    return tap.end()


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
