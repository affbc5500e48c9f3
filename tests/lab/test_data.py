#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Data conferences through the wall: calls of T.120 alone, out and in, and what the policy makes of them."""

import hashlib
import json
import os
import shutil
import subprocess
import sys

import common
from common import End, GATEWAY_IN, GATEWAY_OUT, HOSTS, LabError, eventually
from scene import tool

INSIDE, OUTSIDE = HOSTS["inside1"], HOSTS["outside1"]


class Party:
    """`postern call --data` or `answer --data` on a host; what it reports, an object a line."""

    def __init__(self, lab, build, name, host, *words):
        self.name, self.address = name, HOSTS[host]
        self.process = lab.start(host, [tool(build, "postern"), words[0], "--data", "--json", "--alias", name, "--local",
                                        self.address, *words[1:]], name=name)
        if words[0] == "answer":
            self.process.wait_line(r'"event": ?"listening"')

    def events(self, kind):
        return [e for e in map(json.loads, (line for line in self.process.lines if line.startswith("{")))
                if e["event"] == kind]

    def heard(self):
        """[(from, text)] in the order of arrival."""
        return [(e["from"], e["text"]) for e in self.events("chat")]

    def wait_heard(self, *lines):
        """Lines on what did not arrive."""
        if eventually(lambda: all(line in self.heard() for line in lines), 20, 0.05):
            return []
        return [f"{self.name} did not hear {set(lines) - set(self.heard())}; it said:\n{self.process.said()}"]

    def stop(self):
        status = self.process.stop()
        return [f"{self.name} ended with status {status}:\n{self.process.said()}"] if status else []


def data_call(daemon, state=None):
    """The newest call of T.120 alone, whole."""
    found = [c for c in daemon.calls() if c["kind"] == "data" and state in (None, c["state"])]
    return daemon.ask("calls", str(max(c["id"] for c in found))) if found else None


def call_problems(daemon, way, caller, callee, names):
    """What `postern calls` says of the call that just was."""
    problems = []
    eventually(lambda: daemon.idle(), 5)
    call = data_call(daemon, "ended")
    if call is None:
        return [f"there was no call of T.120 alone: {daemon.calls()}"]
    if call["direction"] != way or not call["from"].startswith(caller + ":") or call["to"] != callee + ":1503":
        problems.append(f"the call was {call['direction']} from {call['from']} to {call['to']}")
    chat = call.get("data", {}).get("applications", {}).get("chat", {})
    if not chat.get("from_caller") or not chat.get("from_callee"):
        problems.append(f"the chat of the call was {call.get('data')}")
    known = {node["name"] for node in call.get("data", {}).get("nodes", [])}
    if not names <= known:
        problems.append(f"in the conference were {known}, not {names}")
    if not any("conferenceJoin" in e["text"] or "conferenceInvite" in e["text"] for e in call["ladder"]):
        problems.append(f"the ladder names no conference: {[e['text'] for e in call['ladder']]}")
    return problems


def referee_problems(captures):
    """What tshark finds wrong with T.120 in CAPTURES. Names of conferences are digits here: see conference/test_referee.py."""
    problems, seen = [], ""
    for capture in captures:
        done = subprocess.run(["tshark", "-n", "-r", capture.path, "-d", "tcp.port==1503,tpkt", "-Y", "tpkt && tcp.port==1503",
                               "-T", "fields", "-e", "frame.number", "-e", "_ws.malformed", "-e", "_ws.col.Info"],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=True)
        seen += done.stdout
        problems += [f"{capture.path}: {line}" for line in done.stdout.splitlines() if line.split("\t")[1]]
    for wanted in ("CC TPDU", "attachUserConfirm", "channelJoinConfirm"):
        if wanted not in seen:
            problems.append(f"tshark saw no {wanted}")
    return problems


class Data:
    def __init__(self, lab, tap, build):
        self.lab, self.tap, self.build = lab, tap, build

    def party(self, name, host, *words):
        return Party(self.lab, self.build, name, host, *words)

    def folder(self, name):
        """An empty one."""
        path = os.path.join(self.lab.work, name)
        shutil.rmtree(path, ignore_errors=True)
        os.makedirs(path)
        return path

    def alone(self, daemon, way):
        """Two parties talk, one on each side of the wall."""
        hosts = ("inside1", "outside1") if way == "out" else ("outside1", "inside1")
        bob = self.party("Bob", hosts[1], "answer", "--say", "hello Ann")
        ann = self.party("Ann", hosts[0], "call", "--say", "hello Bob", "--duration", "4",
                         OUTSIDE if way == "out" else GATEWAY_OUT)
        problems = ann.wait_heard(("Bob", "hello Ann")) + bob.wait_heard(("Ann", "hello Bob"))
        if ann.process.wait():
            problems.append(f"the caller said:\n{ann.process.said()}")
        problems += bob.stop()
        problems += call_problems(daemon, way, HOSTS[hosts[0]], HOSTS[hosts[1]], {"Ann", "Bob"})
        self.tap.result(f"a call of T.120 alone, {way}: chat arrives", problems)

    def three(self, daemon):
        """Two inside call one outside; who comes last is in the same conference."""
        hub = self.party("Hub", "outside1", "answer", "--conference", "77", "--readers", "2", "--say", "from the hub")
        ann = self.party("Ann", "inside1", "call", "--readers", "2", "--say", "from Ann", "--duration", "6", OUTSIDE)
        cid = self.party("Cid", "inside2", "call", "--readers", "2", "--say", "from Cid", "--duration", "6", OUTSIDE)
        problems = ann.wait_heard(("Hub", "from the hub"), ("Cid", "from Cid"))
        problems += cid.wait_heard(("Hub", "from the hub"), ("Ann", "from Ann"))
        problems += hub.wait_heard(("Ann", "from Ann"), ("Cid", "from Cid"))
        standing = [c for c in daemon.calls() if c["kind"] == "data" and c["state"] == "active"]
        if len(standing) != 2:
            problems.append(f"standing were {standing}")
        for party in (ann, cid):
            if party.process.wait():
                problems.append(f"{party.name} said:\n{party.process.said()}")
        problems += hub.stop()
        self.tap.result("three parties through the wall are one conference", problems)

    def refused(self, name, daemon_text, host, dial):
        """A call that the gateway refuses: told so in X.224, so that it ends at once."""
        daemon = common.Posternd(self.lab, self.build, text=daemon_text)
        caller = self.party("Ann", host, "call", "--say", "hello", "--timeout", "15", dial)
        status = caller.process.wait(10)
        problems = [] if status else [f"the call was not refused: {caller.process.said()}"]
        call = data_call(daemon)
        if not call or not any(e["text"].startswith("refused: ") for e in call["ladder"]):
            problems.append(f"the gateway knows of no refusal: {call}")
        problems += common.stop_problems(daemon)
        self.tap.result(name, problems)

    def chat_refused(self, daemon):
        bob = self.party("Bob", "outside1", "answer", "--say", "unheard")
        ann = self.party("Ann", "inside1", "call", "--say", "unheard", "--duration", "4", OUTSIDE)
        if ann.process.wait(30) not in (0, 1):
            raise LabError(ann.process.said())
        problems = bob.stop()
        for party in (ann, bob):
            if party.heard():
                problems.append(f"{party.name} heard {party.heard()}")
        eventually(lambda: daemon.idle(), 5)
        call = data_call(daemon, "ended")
        chat = call.get("data", {}).get("applications", {}).get("chat", {}) if call else {}
        if not chat.get("refused") or chat.get("from_caller") or chat.get("from_callee"):
            problems.append(f"the chat of the call was {chat}")
        self.tap.result("chat refused: nothing of it crosses", problems)


    def files(self, daemon, way, sizes):
        """Files from one side to the other, the same octets there; with chat beside them."""
        hosts = ("inside1", "outside1") if way == "out" else ("outside1", "inside1")
        sent, into = self.folder("sent"), self.folder(f"received-{way}")
        paths = [make_file(os.path.join(sent, f"{size}.bin"), size) for size in sizes]
        bob = self.party("Bob", hosts[1], "answer", "--receive-dir", into)
        words = [word for path in paths for word in ("--send-file", path)]
        ann = self.party("Ann", hosts[0], "call", *words, OUTSIDE if way == "out" else GATEWAY_OUT)
        status, problems = ann.process.wait(120), []
        if status:
            problems.append(f"the sender ended with {status}:\n{ann.process.said()}")
        problems += bob.stop()
        for path in paths:
            if digest(os.path.join(into, os.path.basename(path))) != digest(path):
                problems.append(f"{os.path.basename(path)} did not arrive as it was: {bob.events('file-received')}")
        eventually(daemon.idle, 5)
        moved = (data_call(daemon, "ended") or {}).get("data", {}).get("applications", {}).get("file", {})
        if moved.get("from_caller", 0) < sum(sizes) or moved.get("refused"):
            problems.append(f"the gateway counted {moved}")
        self.tap.result(f"files of {', '.join(map(str, sizes))} octets, {way}", problems)

    def whiteboard(self, daemon):
        """Who comes late, from the other side of the wall, has the same board."""
        drawing = os.path.join(self.lab.work, "drawing")
        with open(drawing, "w", encoding="utf-8") as file:
            file.write('line 10,10 200,100\nrect 30,30 90,80 color=#ff0000 width=3\nellipse 300,200 500,400 fill=#00ff00\n'
                       'text 40,500 "over the wall" size=40\n')
        folder = self.folder("boards")
        boards = {name: os.path.join(folder, f"{name}.svg") for name in ("hub", "ann", "late")}
        hub = self.party("Hub", "outside1", "answer", "--conference", "78", "--whiteboard", boards["hub"])
        ann = self.party("Ann", "inside1", "call", "--whiteboard", boards["ann"], "--draw", drawing, "--duration", "8", OUTSIDE)
        problems = []

        def drawn(name):
            return os.path.exists(boards[name]) and "over the wall" in open(boards[name], encoding="utf-8").read()

        if not eventually(lambda: drawn("hub"), 15, 0.05):
            problems.append(f"the hub never had the drawing:\n{hub.process.said()}\n{ann.process.said()}")
        late = self.party("Late", "inside2", "call", "--whiteboard", boards["late"], "--duration", "4", OUTSIDE)
        if not eventually(lambda: drawn("late"), 15, 0.05):
            problems.append(f"who came late never had the drawing:\n{late.process.said()}")
        for party in (late, ann):
            party.process.wait(30)
        problems += hub.stop()
        texts = {name: open(path, encoding="utf-8").read() if os.path.exists(path) else "" for name, path in boards.items()}
        if not texts["ann"] == texts["hub"] == texts["late"]:
            problems.append(f"the boards differ: {texts}")
        eventually(daemon.idle, 5)
        self.tap.result("the whiteboard of who comes late equals the first one's", problems)

    def beside(self, daemon, name, calls):
        """H.323 calls with T.120 beside the sound, all at once and all on its own port: CALLS are (caller, callee, dialled,
        fast start and tunnelled)."""
        path, running, problems = make_file(os.path.join(self.lab.work, "beside.bin"), 1 << 20), [], []
        for number, (caller, callee, dial, fast) in enumerate(calls):
            into = self.folder(f"{name.replace(' ', '-')}-{number}")
            ends = [End(host, HOSTS[host], 500 + 300 * number, fast, fast, seconds=2, alias=host,
                        extra=["--with-data", *words])
                    for host, words in ((caller, ["--say", "hello", "--send-file", path]),
                                        (callee, ["--receive-dir", into, "--say", "welcome"]))]
            call = common.Call(self.lab, self.build, f"{name.replace(' ', '-')}-{number}", *ends, dial).answer()
            running.append((call.place(), into, caller, callee))
        for call, into, caller, callee in running:
            problems += call.end() + call.audio_problems()
            if digest(os.path.join(into, "beside.bin")) != digest(path):
                problems.append(f"{call.name}: the file did not arrive: {call.answering.said()}")
            for process, who, text in ((call.calling, callee, "welcome"), (call.answering, caller, "hello")):
                lines = [json.loads(line) for line in process.lines if line.startswith("{")]
                if not any(e.get("event") == "chat" and (e["from"], e["text"]) == (who, text) for e in lines):
                    problems.append(f"{process.name} did not hear {text}: {process.said()}")
            gateway = {"in": GATEWAY_IN, "ou": GATEWAY_OUT}[caller[:2]]
            report = next((r for r in map(json.loads, (line for line in call.calling.lines if line.startswith("{")))
                           if "event" not in r), {})
            told = [a["address"] for a in report.get("signalled", []) if a["by"] == "peer" and a["what"] == "T.120"]
            if told != [f"{gateway}:1503"]:
                problems.append(f"{call.name}: the caller was told of T.120 at {told}")
        eventually(daemon.idle, 5)
        ended = [c for c in daemon.calls() if c["kind"] == "h323"][:len(calls)]
        for call in ended:
            moved = daemon.ask("calls", str(call["id"])).get("data", {}).get("applications", {})
            if not moved.get("file", {}).get("from_caller", 0) > 1 << 20 or not moved.get("chat", {}).get("from_callee"):
                problems.append(f"the gateway counted {moved}")
        self.tap.result(name, problems)

    def one_refused(self, app):
        """APP refused both ways while the other two go on."""
        text = common.config_text(extra=f"data: {{{app}: none}}\n")
        daemon = common.Posternd(self.lab, self.build, text=text)
        into = self.folder(f"no-{app}")
        board = os.path.join(into, "board.svg")
        path = make_file(os.path.join(self.lab.work, "small.bin"), 5000)
        drawing = os.path.join(self.lab.work, "dot")
        with open(drawing, "w", encoding="utf-8") as file:
            file.write('text 40,50 "a dot"\n')
        bob = self.party("Bob", "outside1", "answer", "--conference", "79", "--receive-dir", into, "--whiteboard", board)
        there = {"chat": lambda: ("Ann", "hello Bob") in bob.heard(),
                 "file": lambda: os.path.exists(os.path.join(into, "small.bin")),
                 "whiteboard": lambda: os.path.exists(board) and "a dot" in open(board, encoding="utf-8").read()}
        # One party for each, so that none waits for what another may not do; what is refused comes first, and has all the time.
        parties = {"chat": ("Ann", "inside1", "--say", "hello Bob"), "file": ("Cid", "inside1", "--send-file", path),
                   "whiteboard": ("Dot", "inside2", "--draw", drawing, "--whiteboard", board + "2")}
        calls, problems = [], []
        for name in sorted(parties, key=lambda name: name != app):
            who, host, *words = parties[name]
            calls.append(self.party(who, host, "call", *words, "--duration", "12", OUTSIDE))
            if name != app and not eventually(there[name], 10, 0.05):
                problems.append(f"{name} did not get through:\n{calls[-1].process.said()}")
        if there[app]():
            problems.append(f"{app} got through")
        for call in calls:
            call.process.kill()
        bob.process.stop()
        if problems:
            problems.append(bob.process.said())
        problems += common.stop_problems(daemon)
        self.tap.result(f"{app} refused: the others go on", problems)

    def too_large(self):
        """The offer of a file past the limit is rejected, as T.127 does, and a smaller one arrives."""
        daemon = common.Posternd(self.lab, self.build, text=common.config_text(extra="data: {file_limit: 1}\n"))
        into = self.folder("limited")
        large = make_file(os.path.join(self.lab.work, "large.bin"), (1 << 20) + 1)
        fits = make_file(os.path.join(self.lab.work, "fits.bin"), 1 << 20)
        bob = self.party("Bob", "outside1", "answer", "--receive-dir", into)
        ann = self.party("Ann", "inside1", "call", "--send-file", large, "--send-file", fits, OUTSIDE)
        ann.process.wait(60)
        problems = bob.stop()
        if sorted(os.listdir(into)) != ["fits.bin"]:
            problems.append(f"what arrived: {os.listdir(into)}\n{ann.process.said()}\n{bob.process.said()}")
        if not any("limit" in e.get("why", "") for e in ann.events("file-refused")):
            problems.append(f"the sender was not told:\n{ann.process.said()}")
        problems += common.stop_problems(daemon)
        self.tap.result("a file that is too large is rejected", problems)


def make_file(path, size):
    """SIZE octets that are not all alike."""
    block = hashlib.sha512(str(size).encode()).digest() * 1024
    with open(path, "wb") as file:
        for at in range(0, size, len(block)):
            file.write(block[:size - at])
    return path


def digest(path):
    if not os.path.exists(path):
        return None
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main(lab):
    tap = common.Tap()
    build = common.build_folder()
    data = Data(lab, tap, build)
    daemon = common.Posternd(lab, build, default_host=INSIDE)
    captures = [common.Capture(lab, i, "data") for i in ("in0", "out0")]
    data.alone(daemon, "out")
    data.alone(daemon, "in")
    data.three(daemon)
    frames = [capture.stop() for capture in captures]
    tap.result("no inside address leaves", common.leaks(frames[1], captures[1].mac, [INSIDE, HOSTS["inside2"]]))
    tap.result("tshark reads T.120 on both sides", referee_problems(captures))
    data.beside(daemon, "T.120 beside a call outwards", [("inside1", "outside1", OUTSIDE, False)])
    data.beside(daemon, "T.120 beside a call inwards", [("outside1", "inside1", GATEWAY_OUT, True)])
    data.beside(daemon, "T.120 beside two calls at once", [("inside1", "outside1", OUTSIDE, True),
                                                           ("inside2", "outside2", HOSTS["outside2"], False)])
    data.files(daemon, "out", [1, 1 << 20])
    data.files(daemon, "in", [1, 100 << 20])
    data.whiteboard(daemon)
    tap.result("posternd ends cleanly", common.stop_problems(daemon))
    for app in ("chat", "file", "whiteboard"):
        data.one_refused(app)
    data.too_large()
    data.refused("a call that goes nowhere is refused", common.config_text(), "outside1", GATEWAY_OUT)
    data.refused("calls of T.120 alone refused outwards", common.config_text(extra="data: {calls: in}\n"), "inside1",
                 OUTSIDE)
    daemon = common.Posternd(lab, build, text=common.config_text(extra="data: {chat: none}\n"))
    data.chat_refused(daemon)
    tap.result("posternd ends cleanly", common.stop_problems(daemon))
    return tap.end()


if __name__ == "__main__":
    sys.exit(common.run(main, __file__))
