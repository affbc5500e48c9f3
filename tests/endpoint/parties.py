# SPDX-License-Identifier: LGPL-2.1-or-later
"""Parties of a data conference on loopback, for tests whose arguments are LAB-FOLDER PROGRAM."""

import json
import signal
import sys

from calls import Endpoint, address

PROGRAM = sys.argv[2]


def answer(*words):
    end = Endpoint(PROGRAM, "answer", "--data", "--json", "--local", address(), "--port", "0", *words)
    end.where = json.loads(end.line("{"))["address"]
    return end


def call(where, *words):
    return Endpoint(PROGRAM, "call", "--data", "--json", *words, where)


def event(end, kind, /, **values):
    """Waits for an event of this name with these values."""
    while True:
        got = json.loads(end.line("{"))
        if got["event"] == kind and all(got.get(k) == v for k, v in values.items()):
            return got


def stop(end):
    end.process.send_signal(signal.SIGINT)
    return end.end()
