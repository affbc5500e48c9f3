#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whiteboards between endpoints on loopback: three parties, late joiners, who leaves, lines of input. Prints TAP.

usage: test_whiteboard.py LAB-FOLDER PROGRAM
"""

import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

sys.path.insert(0, sys.argv[1])

from tap import Tap  # noqa: E402

from calls import TIMEOUT  # noqa: E402
from parties import PROGRAM, answer, call, event, stop  # noqa: E402

HOUSE = """# a house
rect 100,200 300,400 color=#0000ff width=3 fill=#ffffcc
line 100,200 200,100 300,200 color=#ff0000 width=2
ellipse 180,280 221,321 style=dashed
text 50,50 "Hällo <world> & \\"you\\"" size=24 color=#880088
"""
TREE = "polygon 400,400 500,400 450,300 fill=#00ff00 highlight\npoint 1,1 2,2\npointer 33,44\npage 2\nline 0,0 9,9\n"


class Folder:
    """Files of one case."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def file(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()


def equal(folder, *names):
    first = folder.read(names[0])
    xml.etree.ElementTree.fromstring(first)
    return [f"{name} is not {names[0]}:\n{folder.read(name)}\n{first}" for name in names[1:] if folder.read(name) != first]


def three_and_late():
    """Two draw at once, a third looks on, a fourth comes when all is drawn: all boards are the same."""
    files = Folder()
    house, tree = files.file("house", HOUSE), files.file("tree", TREE)
    callee = answer("--alias", "anna", "--conference", "c", "--whiteboard", files.path("anna.svg"))
    event(callee, "whiteboard", state="complete")
    looker = call(callee.where, "--alias", "bert", "--duration", "60", "--whiteboard", files.path("bert.svg"))
    event(looker, "whiteboard", state="complete")
    drawers = [call(callee.where, "--alias", name, "--duration", "60", "--draw", draw, "--drawers", "3",
                    "--whiteboard", files.path(f"{name}.svg")) for name, draw in (("carl", house), ("dora", tree))]
    everybody = {"anna": callee, "bert": looker, "carl": drawers[0], "dora": drawers[1]}
    for name, end in everybody.items():
        event(end, "whiteboard-written", objects=8)
    wrong = equal(files, "anna.svg", "bert.svg", "carl.svg", "dora.svg")
    for expect in "#ffffcc", "&#60;world&#62;", "rx=\"20.5\"", "image/png", "<polygon", "stroke-dasharray":
        if expect not in files.read("anna.svg"):
            wrong.append(f"no {expect}")
    late = call(callee.where, "--alias", "emil", "--whiteboard", files.path("emil.svg"))
    event(late, "whiteboard", state="complete", objects=8)
    wrong += [] if late.end() == 0 else [f"late: {late.said()}"]
    wrong += equal(files, "anna.svg", "emil.svg")
    wrong += [f"{end.said()}" for name, end in everybody.items() if name != "anna" and stop(end) != 0]
    return wrong + ([] if stop(callee) == 0 else [callee.said()])


def below_another():
    """Who comes late is below a node that is not the top, is refreshed through it, and draws."""
    files = Folder()
    first = files.file("first", HOUSE)
    second = files.file("second", "clear\n" + "line 1,1 2,2\n" * 5)
    middle = answer("--alias", "middle", "--whiteboard", files.path("middle.svg"))
    top = call(middle.where, "--alias", "top", "--duration", "60", "--draw", first, "--whiteboard", files.path("top.svg"))
    event(middle, "whiteboard-written", objects=4)
    late = call(middle.where, "--alias", "late", "--draw", second, "--whiteboard", files.path("late.svg"))
    event(late, "whiteboard", state="complete", objects=4)
    event(top, "whiteboard-written", objects=5)
    event(middle, "whiteboard-written", objects=5)
    wrong = [] if late.end() == 0 else [late.said()]
    wrong += equal(files, "top.svg", "middle.svg", "late.svg")
    return wrong + [end.said() for end in (top, middle) if stop(end) != 0]


def refresher_leaves():
    """The first, who refreshes, goes; the next takes that over."""
    files = Folder()
    house = files.file("house", HOUSE)
    callee = answer("--alias", "anna", "--conference", "c")  # the top has no whiteboard at all
    first = call(callee.where, "--alias", "bert", "--duration", "60", "--draw", house, "--whiteboard", files.path("bert.svg"))
    event(first, "whiteboard-written", objects=4)
    second = call(callee.where, "--alias", "carl", "--duration", "60", "--whiteboard", files.path("carl.svg"))
    event(second, "whiteboard", state="complete", objects=4)
    event(second, "whiteboard-written", objects=4)
    wrong = [] if stop(first) == 0 else [first.said()]
    event(second, "out", name="bert")
    third = call(callee.where, "--alias", "dora", "--whiteboard", files.path("dora.svg"))
    event(third, "whiteboard", state="complete", objects=4)
    wrong += [] if third.end() == 0 else [third.said()]
    wrong += equal(files, "bert.svg", "carl.svg", "dora.svg")
    return wrong + [end.said() for end in (second, callee) if stop(end) != 0]


def lines_of_input():
    files = Folder()
    callee = answer("--alias", "anna", "--whiteboard", files.path("anna.svg"))
    text = ("hello\n/draw line 10,10 20,20\n/draw oval 1,1\n/draw text 1,1 \"\u20ac\"\n/draw ellipse 1,1 5,5\n"
            f"/svg {files.path('now.svg')}\n")
    process = subprocess.run([PROGRAM, "call", "--data", callee.where, "--drawers", "1"], input=text,
                             capture_output=True, text=True, timeout=TIMEOUT, check=False)
    event(callee, "whiteboard-written", objects=2)
    wrong = [] if process.returncode == 0 else [f"{process.returncode}: {process.stdout} {process.stderr}"]
    for expect in "no such shape", "8859-1":
        if expect not in process.stderr:
            wrong.append(f"no {expect}: {process.stderr}")
    if not re.search(r"<polyline[^>]*10,10 20,20.*<ellipse", files.read("anna.svg"), re.DOTALL):
        wrong.append(files.read("anna.svg"))
    if "<svg" not in files.read("now.svg"):
        wrong.append(files.read("now.svg"))
    return wrong + ([] if stop(callee) == 0 else [callee.said()])


def usage():
    files = Folder()
    wrong = []
    bad = files.file("bad", "line 1,1 2,2\nline 1,1\n")
    for words, status in ((["--draw", bad], 2), (["--draw", files.path("none")], 2), (["--whiteboard", ""], 2),
                          (["--drawers", "x"], 2)):
        done = subprocess.run([PROGRAM, "call", "--data", *words, "127.0.0.1:9"], capture_output=True, text=True,
                              timeout=TIMEOUT, check=False)
        if done.returncode != status:
            wrong.append(f"{words}: {done.returncode} {done.stderr}")
        if bad in words and f"{bad}:2: too few points" not in done.stderr:
            wrong.append(done.stderr)
    return wrong


def main():
    tap = Tap()
    for rule in three_and_late, below_another, refresher_leaves, lines_of_input, usage:
        try:
            wrong = rule()
        except Exception as err:  # noqa: BLE001
            wrong = [repr(err)[:2000]]
        tap.result(rule.__name__, wrong)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
