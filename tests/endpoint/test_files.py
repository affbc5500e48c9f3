#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Files between endpoints in data conferences on loopback: one, three and late parties, refusals, names, flow
control, commands. Prints TAP.

usage: test_files.py LAB-FOLDER PROGRAM
"""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, sys.argv[1])

from tap import Tap  # noqa: E402

from calls import TIMEOUT, Endpoint, address  # noqa: E402
from parties import PROGRAM, event  # noqa: E402

MIB = 1 << 20


class Case:
    """A folder, endpoints that are ended with it."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.ends, self.wrong = [], []

    def path(self, *names):
        return os.path.join(self.folder.name, *names)

    def made(self, name, size):
        """A file of SIZE octets nobody else has."""
        with open(self.path(name), "wb") as file:
            block = random.Random(size).randbytes(min(size, 16 * MIB + 1))
            for left in range(size, 0, -max(len(block), 1)):
                file.write(block[:left])
        return self.path(name)

    def into(self, name):
        os.makedirs(self.path(name), exist_ok=True)
        return "--receive-dir", self.path(name)

    def answer(self, *words):
        end = Endpoint(PROGRAM, "answer", "--data", "--json", "--local", address(), "--port", "0", *words)
        self.ends.append(end)
        end.where = json.loads(end.line("{"))["address"]
        return end

    def call(self, where, *words):
        self.ends.append(Endpoint(PROGRAM, "call", "--data", "--json", *words, where))
        return self.ends[-1]

    def same(self, sent, *received):
        with open(sent, "rb") as file:
            want = hashlib.file_digest(file, "sha256").digest()
        for name in received:
            try:
                with open(self.path(name), "rb") as file:
                    self.check(hashlib.file_digest(file, "sha256").digest() == want, f"{name} is another file")
            except OSError as err:
                self.check(False, str(err))

    def check(self, good, what):
        if not good:
            self.wrong.append(what)

    def ended(self, end, status=0):
        got = end.end()
        self.check(got == status, f"status {got}, not {status}: {end.said()}")

    def stop(self, *ends):
        for end in ends:
            end.process.send_signal(signal.SIGINT)
            self.ended(end)

    def close(self):
        for end in self.ends:
            if end.process.poll() is None:
                end.process.kill()
                end.process.wait()
        self.folder.cleanup()


def sizes(case):
    """0, 1, 1 MiB and 100 MiB octets arrive as they were, in both directions; nothing else is left behind."""
    callee = case.answer(*case.into("in"))
    files = [case.made(f"f{size}.bin", size) for size in (0, 1, MIB, 100 * MIB)]
    caller = case.call(callee.where, *(word for path in files for word in ("--send-file", path)))
    case.ended(caller)
    sent = [r for r in caller.reports() if r["event"] == "file-sent"]
    case.check(sorted(r["size"] for r in sent) == [0, 1, MIB, 100 * MIB], f"sent {sent}")
    case.check(all(r["arrived"] == 1 for r in sent), f"arrived {sent}")
    total = [r for r in caller.reports() if r["event"] == "files"]
    case.check(total and total[0]["sent_octets"] == 101 * MIB + 1, f"in all {total}")
    for path in files:
        case.same(path, os.path.join("in", os.path.basename(path)))
    case.check(len(os.listdir(case.path("in"))) == 4, f"{os.listdir(case.path('in'))}")
    stamps = [os.stat(p).st_mtime for p in (files[1], case.path("in", "f1.bin"))]
    case.check(int(stamps[0]) == int(stamps[1]), f"times {stamps}")
    case.stop(callee)
    back = case.answer("--send-file", files[2])
    taker = case.call(back.where, *case.into("back"), "--duration", 60)
    event(taker, "file-received", name=os.path.basename(files[2]))
    case.same(files[2], f"back/{os.path.basename(files[2])}")
    case.stop(taker, back)


def three(case, top):
    """One sender, two receivers, over the top provider: a leaf sends, or (TOP "caller") the top itself; one comes late."""
    words = () if top == "caller" else ("--conference", "1")
    callee = case.answer("--alias", "anna", *case.into("anna"), *words)
    first = case.call(callee.where, "--alias", "bert", *case.into("bert"), "--duration", 600)
    event(first, "in", name="anna")
    big, small = case.made("big.bin", 8 * MIB), case.made("small.bin", 12345)
    sender = case.call(callee.where, "--alias", "carl", "--send-file", big, "--send-file", small, "--receivers", 2,
                       "--duration", 600)
    for _ in range(2):
        got = event(sender, "file-sent")
        case.check(got["to"] == 2 and got["arrived"] == 2, f"{got}")
    late = case.call(callee.where, "--alias", "dora", *case.into("dora"), "--duration", 600)
    for _ in range(2):
        event(late, "file-received", **{"from": "carl"})
    for name, path in ("big.bin", big), ("small.bin", small):
        case.same(path, f"anna/{name}", f"bert/{name}", f"dora/{name}")
    case.stop(late, sender, first, callee)


def three_parties(case):
    three(case, "caller")


def three_below_the_callee(case):
    three(case, "callee")


def refused(case):
    """Who gives no folder takes no files, and the sender says so; one too large is refused; the rest goes on."""
    callee = case.answer("--alias", "anna")
    caller = case.call(callee.where, "--send-file", case.made("a", 10))
    event(caller, "file-refused", **{"from": "anna", "why": "file-not-required"})
    case.ended(caller, 1)
    case.stop(callee)
    callee = case.answer(*case.into("in"), "--receive-max", "1K")
    caller = case.call(callee.where, "--send-file", case.made("b", 1025), "--send-file", case.made("c", 1024))
    event(caller, "file-refused", name="b", why="insufficient-resources")
    case.ended(caller, 1)
    case.same(case.path("c"), "in/c")
    case.check(os.listdir(case.path("in")) == ["c"], f"{os.listdir(case.path('in'))}")
    case.stop(callee)


def names(case):
    """What is there is not written over, and links lead nowhere."""
    folder = case.into("in")
    with open(case.path("outside"), "w", encoding="ascii") as file:
        file.write("mine")
    os.symlink(case.path("outside"), case.path("in", "a.txt"))
    callee = case.answer(*folder)
    caller = case.call(callee.where, "--send-file", case.made("a.txt", 77), "--send-file", case.path("a.txt"))
    case.ended(caller)
    case.same(case.path("a.txt"), "in/a (2).txt", "in/a (3).txt")
    with open(case.path("outside"), encoding="ascii") as file:
        case.check(file.read() == "mine", "it was written through a link")
    case.stop(callee)


def to_one(case):
    callee = case.answer("--alias", "anna", *case.into("anna"))
    other = case.call(callee.where, "--alias", "bert", *case.into("bert"), "--duration", 600)
    event(other, "in", name="anna")
    sender = case.call(callee.where, "--alias", "carl", "--send-file", case.made("secret", MIB), "--to", "bert",
                       "--send-file", case.made("open", 5))
    case.ended(sender)
    case.same(case.path("secret"), "bert/secret")
    case.same(case.path("open"), "bert/open", "anna/open")
    case.check(os.listdir(case.path("anna")) == ["open"], f"anna has {os.listdir(case.path('anna'))}")
    case.check(not any('"secret"' in line for line in callee.lines), "anna heard of it")
    case.stop(other, callee)


def slow(case):
    """A receiver that stands still holds the sender back, through the node between them; then all arrives."""
    top = case.answer("--conference", "1", "--alias", "top")
    taker = case.call(top.where, "--alias", "taker", *case.into("in"), "--duration", 600)
    event(taker, "in", name="top")
    path = case.made("big.bin", 400 * MIB)
    sender = case.call(top.where, "--alias", "sender", "--send-file", path, "--to", "taker")
    event(sender, "file-sending")
    taker.process.send_signal(signal.SIGSTOP)
    at = [-1, -2]
    while at[-1] != at[-2] or at[-1] <= 0:  # until it reads no more of its file
        time.sleep(0.3)
        at.append(position(sender.process.pid, path))
        if sender.process.poll() is not None or at[-1] == 400 * MIB or len(at) > 300:
            break
    case.check(0 < at[-1] < 100 * MIB, f"the sender went on to {at[-1]}")
    taker.process.send_signal(signal.SIGCONT)
    case.ended(sender)
    case.same(path, "in/big.bin")
    case.stop(taker, top)


def position(pid, path):
    """How far PID has read of PATH; 0: it has not begun."""
    try:
        for number in os.listdir(f"/proc/{pid}/fd"):
            if os.path.realpath(f"/proc/{pid}/fd/{number}") == os.path.realpath(path):
                with open(f"/proc/{pid}/fdinfo/{number}", encoding="ascii") as file:
                    return int(file.readline().split()[1])
    except OSError:
        pass
    return 0


def sender_dies(case):
    """A sender that is killed leaves nothing half at the receivers, who go on."""
    callee = case.answer("--conference", "1", *case.into("in"))
    path = case.made("big.bin", 300 * MIB)
    sender = case.call(callee.where, "--send-file", path)
    event(callee, "file-offered")
    event(sender, "file-sending")
    sender.process.kill()
    failed = event(callee, "file-failed")
    case.check(failed["direction"] == "in", f"{failed}")
    case.check(not os.listdir(case.path("in")), f"left behind: {os.listdir(case.path('in'))}")
    caller = case.call(callee.where, "--send-file", case.made("next", 5))
    case.ended(caller)
    case.same(case.path("next"), "in/next")
    case.stop(callee)


class Typed:
    """`postern call --data` that is typed to."""

    def __init__(self, case, where, *words):
        self.process = subprocess.Popen([PROGRAM, "call", "--data", *words, where], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        case.ends.append(self)
        self.lines = []

    def type(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def until(self, text):
        for line in self.process.stdout:
            self.lines.append(line)
            if text in line:
                return line
        raise AssertionError(f"no {text!r}: {self.lines}")


def commands(case):
    """/send, /accept, /refuse, /get, /files."""
    os.makedirs(case.path("in"))
    callee = case.answer("--alias", "anna", "--send-file", case.made("shelf.txt", 99), "--receive-dir", case.path("in"))
    bert = Typed(case, callee.where, "--alias", "bert", "--ask", *case.into("bert"))
    bert.until("anna offers shelf.txt, 99 octets: /accept 1")
    bert.type("/accept 1")
    bert.until("received shelf.txt, 99 octets, from anna")
    case.same(case.path("shelf.txt"), "bert/shelf.txt")
    bert.type("/files anna")
    bert.until("anna has shelf.txt, 99 octets")
    bert.type("/get shelf.txt")
    bert.until("received shelf (2).txt")
    bert.type("/get nothing")
    bert.until("nobody has that file: file-not-present")
    bert.type("/send " + case.made("from bert.txt", 3))
    bert.until("sent from bert.txt, 3 octets, to 1; 1 have it whole")
    case.same(case.path("from bert.txt"), "in/from bert.txt")
    carl = case.call(callee.where, "--alias", "carl", "--send-file", case.made("spam", 4), "--receivers", 2)
    bert.until("carl offers spam, 4 octets: /accept")
    bert.type("/refuse 3")
    event(carl, "file-refused", **{"from": "bert"})
    case.ended(carl)
    bert.type("not a /command")
    event(callee, "chat", text="not a /command")
    bert.process.stdin.close()
    case.check(bert.process.wait(TIMEOUT) == 0, "bert's status")
    case.stop(callee)


def usage(case):
    for words in (["--send-file", case.path("missing")], ["--send-file", case.path(".")], ["--to", "x"],
                  ["--receive-dir", case.path("missing")], ["--receive-max", "1X"], ["--receive-max", "-1"]):
        done = subprocess.run([PROGRAM, "call", "--data", *words, "127.0.0.1"], capture_output=True, timeout=TIMEOUT,
                              check=False)
        case.check(done.returncode == 2, f"{words}: {done.returncode}")


def main():
    tap = Tap()
    for rule in (sizes, three_parties, three_below_the_callee, refused, names, to_one, slow, sender_dies, commands,
                 usage):
        case = Case()
        try:
            rule(case)
        except Exception as err:  # noqa: BLE001
            case.wrong.append(repr(err)[:2000])
        case.close()
        tap.result(rule.__name__, case.wrong)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
