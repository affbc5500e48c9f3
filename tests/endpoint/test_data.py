#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Data conferences between endpoints on loopback: chat both ways, three parties, a late joiner, refusals. Prints TAP.

usage: test_data.py LAB-FOLDER PROGRAM
"""

import socket
import subprocess
import sys

sys.path.insert(0, sys.argv[1])

from tap import Tap  # noqa: E402

from calls import TIMEOUT, address  # noqa: E402
from parties import PROGRAM, answer, call, event, stop  # noqa: E402


def two():
    callee = answer("--alias", "Änne")
    caller = call(callee.where, "--alias", "bert", "--say", "hello Änne", "--say", 'a "quote"')
    event(callee, "in", name="bert")
    event(callee, "chat", **{"from": "bert", "text": "hello Änne"})
    event(callee, "chat", **{"from": "bert", "text": 'a "quote"'})
    event(callee, "ended")
    wrong = [] if caller.end() == 0 else [f"the caller: {caller.said()}"]
    if not any('"in"' in line and "Änne" in line for line in caller.lines):
        wrong.append(f"the caller saw nobody: {caller.lines}")
    return wrong + ([] if stop(callee) == 0 else [f"the callee: {callee.said()}"])


def three_and_late():
    """All hear each; who comes late is in the same conference, below one that is not its top."""
    callee = answer("--alias", "anna")
    first = call(callee.where, "--alias", "bert", "--duration", "60", "--readers", "2", "--say", "from bert")
    event(first, "in", name="anna")
    late = call(callee.where, "--alias", "carl", "--duration", "60", "--readers", "2", "--say", "from carl")
    for end in (callee, late):
        event(end, "chat", **{"from": "bert", "text": "from bert"})
    for end in (first,):
        event(end, "chat", **{"from": "carl", "text": "from carl"})
    wrong = [] if stop(late) == 0 else [f"late: {late.said()}"]
    event(first, "out", name="carl")
    wrong += [] if stop(first) == 0 else [f"first: {first.said()}"]
    event(callee, "ended")
    return wrong + ([] if stop(callee) == 0 else [f"callee: {callee.said()}"])


def lines_of_input():
    callee = answer("--conference", "Büro", "--password", "17")
    process = subprocess.run([PROGRAM, "call", "--data", "--alias", "dora", "--conference", "Büro", "--password", "17",
                              callee.where], input="one\n\ntwo \x1b[2J\nthree", capture_output=True, text=True,
                             timeout=TIMEOUT, check=False)
    for text in "one", "two \\x1b[2J", "three":
        event(callee, "chat", **{"from": "dora", "text": text})
    wrong = [] if process.returncode == 0 else [f"{process.returncode}: {process.stdout} {process.stderr}"]
    if "in conference Büro" not in process.stdout:
        wrong.append(process.stdout)
    return wrong + ([] if stop(callee) == 0 else [callee.said()])


def refused():
    callee = answer("--conference", "closed", "--password", "17")
    wrong = []
    caller = call(callee.where, "--how", "join", "--conference", "closed", "--password", "18", "--say", "x")
    if event(caller, "failed")["why"] != "invalidPassword" or caller.end() != 1:
        wrong.append(caller.said())
    caller = call(callee.where, "--how", "create", "--conference", "2", "--say", "x")
    if event(caller, "failed")["why"] != "resourcesNotAvailable" or caller.end() != 1:
        wrong.append(caller.said())
    caller = call(f"{address()}:9", "--say", "x")
    if caller.end() != 1:
        wrong.append(caller.said())
    return wrong + ([] if stop(callee) == 0 else [callee.said()])


def create_there():
    callee = answer()
    caller = call(callee.where, "--how", "create", "--conference", "42", "--say", "top is there")
    event(callee, "conference", name="42")
    event(callee, "chat", text="top is there")
    event(callee, "out")
    return ([] if caller.end() == 0 else [caller.said()]) + ([] if stop(callee) == 0 else [callee.said()])


def strangers():
    """What is no T.120 is hung up on, and the next caller is served."""
    callee = answer()
    host, port = callee.where.rsplit(":", 1)
    for first in b"\x16\x03\x01\x02\x00", b"GET / HTTP/1.0\r\n\r\n", \
                 b"\x03\x00\x00\x16\x11\xe0\x00\x00\x00\x00\x00Cookie: m\r\n":
        with socket.create_connection((host, int(port)), TIMEOUT) as peer:
            peer.sendall(first)
            peer.settimeout(TIMEOUT)
            try:
                if peer.recv(100):
                    return [f"{first!r} was answered"]
            except ConnectionResetError:
                pass
    caller = call(callee.where, "--say", "hello")
    event(callee, "chat", text="hello")
    return ([] if caller.end() == 0 else [caller.said()]) + ([] if stop(callee) == 0 else [callee.said()])


def usage():
    wrong = []
    for words, status in ((["call", "--data"], 2), (["call", "--data", "--how", "seize", "h"], 2),
                          (["answer", "--data", "x"], 2), (["answer", "--data", "--how", "join"], 2),
                          (["call", "--data", "--help"], 0), (["answer", "--data", "--help"], 0)):
        done = subprocess.run([PROGRAM, *words], capture_output=True, timeout=TIMEOUT, check=False)
        if done.returncode != status:
            wrong.append(f"{words}: {done.returncode}")
    return wrong


def main():
    tap = Tap()
    for rule in two, three_and_late, lines_of_input, refused, create_there, strangers, usage:
        try:
            wrong = rule()
        except Exception as err:  # noqa: BLE001
            wrong = [repr(err)[:2000]]
        tap.result(rule.__name__, wrong)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
