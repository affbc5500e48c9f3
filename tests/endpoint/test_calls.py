#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whole calls between endpoints on loopback, and between an endpoint and peers that misbehave. Prints TAP.

usage: test_calls.py LAB-FOLDER PROGRAM
"""

import concurrent.futures
import itertools
import json
import os
import random
import socket
import struct
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, sys.argv[1])
PROGRAM = sys.argv[2]

from tap import Tap  # noqa: E402

from calls import TIMEOUT, Answer, address, call, pair, place, problems  # noqa: E402

AT_ONCE = 6
SHORT = ("--duration", "1")
MUTATED = (["--tunnel"], ["--tunnel", "--fast"], ["--fast"], [], ["--early-h245"])


def modes():
    """Every mix of two ends: fast or slow, tunnelled or not, early H.245 or not."""
    end = list(itertools.product(("--fast", "--slow"), ("--tunnel", "--no-tunnel"), ((), ("--early-h245",))))
    for ours, theirs in itertools.product(end, end):
        yield [ours[0], ours[1], *ours[2]], [theirs[0], theirs[1], *theirs[2]]


def mix(ours, theirs):
    caller, callee = pair(PROGRAM, [*SHORT, *ours], theirs)
    wrong = problems(caller, callee)
    fast = "--fast" in ours and "--fast" in theirs
    tunnelled = "--tunnel" in ours and "--tunnel" in theirs
    for end in (caller, callee):
        if end.report["fast_start"] != fast:
            wrong.append(f"{end.words[0]}: fast start {end.report['fast_start']}")
        # Fast connect needs no H.245; where there was some, it went as both wanted.
        if end.report["h245"] not in ("tunnelled" if tunnelled else "separate", "none" if fast else ""):
            wrong.append(f"{end.words[0]}: H.245 {end.report['h245']}")
    return wrong


def callee_hangs_up():
    wrong = []
    for mode in (["--slow", "--no-tunnel"], ["--fast", "--tunnel"]):
        caller, callee = pair(PROGRAM, ["--duration", "50", *mode], SHORT)
        wrong += problems(caller, callee)
        if caller.report["cleared"]["by"] != "peer" or callee.report["cleared"]["by"] != "us":
            wrong.append(f"cleared {caller.report['cleared']} {callee.report['cleared']}")
    return wrong


def five_in_a_row():
    """The same hosts and the same ports each time: nothing of a call is left to the next."""
    ours, rtp = address(), ("--rtp-ports", "6000-6001")
    callee = Answer(PROGRAM, "--json", "--once", 5, *rtp)
    wrong = []
    for number in range(5):
        caller = call(PROGRAM, callee.where, "--json", *SHORT, *rtp, local=ours)
        if caller.status:
            wrong.append(f"call {number + 1}: {caller.said()}")
    if callee.end() or len(callee.reports()) != 5 or not all(r["good"] for r in callee.reports()):
        wrong.append(callee.said())
    return wrong


def digits():
    wrong = []
    for mode in (["--slow", "--no-tunnel"], ["--slow", "--tunnel"], ["--fast", "--tunnel"]):
        caller, callee = pair(PROGRAM, [*SHORT, *mode, "--dtmf", "159*#AD"], ["--dtmf", "2580"])
        wrong += problems(caller, callee)
        if callee.report["dtmf_received"] != "159*#AD" or caller.report["dtmf_received"] != "2580":
            wrong.append(f"{mode}: {callee.report['dtmf_received']!r} {caller.report['dtmf_received']!r}")
    return wrong


def codecs():
    wrong = []
    for ours, theirs, want in (("alaw", "alaw", "A-law"), ("ulaw", "ulaw", "mu-law")):
        for start in ("--slow", "--fast"):
            caller, callee = pair(PROGRAM, [*SHORT, start, "--codec", ours], ["--codec", theirs])
            wrong += problems(caller, callee)
            for end, way in itertools.product((caller, callee), ("sent", "received")):
                if end.report[way]["codec"] != f"G.711 {want}":
                    wrong.append(f"{end.words[0]} {start}: {way} {end.report[way]['codec']}")
    caller, callee = pair(PROGRAM, [*SHORT, "--codec", "alaw"], ["--codec", "ulaw"])
    for end in (caller, callee):
        if end.status != 1 or end.report["received"]["packets"]:
            wrong.append(f"no codec in common: {end.said()}")
    return wrong


def names():
    callee = Answer(PROGRAM, "--json", "--once", 1, "--alias", "Berta")
    caller = call(PROGRAM, f"h323:tante@{callee.where}", "--json", *SHORT, "--alias", "Änne", "--number", "4711")
    wrong = [] if caller.status == 0 and callee.end() == 0 else [caller.said(), callee.said()]
    theirs, ours = callee.reports()[0], caller.reports()[0]
    if theirs["called"] != "tante":
        wrong.append(f"called {theirs['called']!r}")
    if "nne" not in theirs["peer_name"] or ours["peer_name"] != "Berta":
        wrong.append(f"names {theirs['peer_name']!r} {ours['peer_name']!r}")
    return wrong


def recordings():
    with tempfile.TemporaryDirectory() as folder:
        first, second, third = (os.path.join(folder, name) for name in ("a.wav", "b.wav", "c.wav"))
        caller, callee = pair(PROGRAM, [*SHORT, "--tone", 1000, "--record", first],
                              ["--tone", 600, "--record", second])
        wrong = problems(caller, callee, (1000, 600))
        # What was recorded is played in the next call.
        caller, callee = pair(PROGRAM, [*SHORT, "--wav", second], ["--silence", "--record", third])
        if caller.status or callee.status or not caller.report["heard"]["silence"]:
            wrong.append(caller.said() + callee.said())
        for path, hz in ((first, 600), (second, 1000), (third, 1000)):
            done = subprocess.run([PROGRAM, "tone", "--json", path], capture_output=True, text=True)
            if done.returncode or abs(json.loads(done.stdout)["hz"] - hz) > 2:
                wrong.append(f"{path}: {done.stdout} {done.stderr}")
        caller = call(PROGRAM, "127.0.0.1:9", "--wav", os.path.join(folder, "nothing.wav"))
        if caller.status != 1:
            wrong.append(f"a file that is not there: {caller.said()}")
    return wrong


def expect_failure(caller, *words):
    said = caller.said()
    return [] if caller.status == 1 and all(w in said for w in words) else [f"status {caller.status}: {said}"]


def nobody_listens():
    return expect_failure(call(PROGRAM, f"{address()}:1720", "--json"), "connection refused", '"answered":false')


def nobody_answers():
    with socket.create_server((address(), 0)) as server:
        where = "%s:%d" % server.getsockname()
        return expect_failure(call(PROGRAM, where, "--json", "--timeout", 1), '"timed_out":true')


def silent_caller():
    """A connection that says nothing is closed, and does not count as a call."""
    callee = Answer(PROGRAM, "--json", "--once", 1, "--timeout", 2)
    host, port = callee.where.rsplit(":", 1)
    with socket.create_connection((host, int(port)), TIMEOUT) as peer:
        caller = call(PROGRAM, callee.where, "--json", *SHORT)
        left = peer.recv(1000)
    wrong = [] if caller.status == 0 and callee.end() == 0 else [caller.said(), callee.said()]
    if left:
        wrong.append(f"was told {left.hex()}")
    return wrong


def busy():
    callee = Answer(PROGRAM, "--json", "--max-calls", 1)
    first = place(PROGRAM, callee.where, "--duration", 50)
    first.line("connected")
    second = call(PROGRAM, callee.where, "--json")
    wrong = expect_failure(second, '"cause":17')
    # Both ways of an interrupt: a caller's and an idle or busy callee's.
    first.interrupt()
    third = None
    if first.end() not in (0, 1):
        wrong.append(first.said())
    third = place(PROGRAM, callee.where, "--duration", 50)
    third.line("connected")
    callee.interrupt()
    if callee.end() not in (0, 1) or third.end() not in (0, 1):
        wrong.append(callee.said() + third.said())
    reports = callee.reports()
    if len(reports) != 3 or [r["refused"] for r in reports] != [True, False, False]:
        wrong.append(callee.said())
    elif reports[1]["cleared"]["by"] != "peer" or reports[2]["cleared"]["by"] != "us":
        wrong.append(callee.said())
    return wrong


def idle_interrupt():
    callee = Answer(PROGRAM)
    callee.interrupt()
    return [] if callee.end() == 0 else [callee.said()]


GARBAGE = {
    "octets": bytes(range(256)) * 4,
    "an HTTP request": b"GET / HTTP/1.0\r\n\r\n",
    "TPKT with octets": b"\x03\x00\x00\x14" + bytes(16),
    "TPKT too short": b"\x03\x00\x00\x03",
    "Q.931 cut": b"\x03\x00\x00\x0a\x08\x02\x00\x01\x05\x04",
    "Setup without user-user": b"\x03\x00\x00\x09\x08\x02\x00\x01\x05",
    "user-user with octets": b"\x03\x00\x00\x13\x08\x02\x80\x01\x07\x7e\x00\x07\x05" + bytes([255] * 6),
    "keep-alives, then an end": b"\x03\x00\x00\x04" * 100,
    "half a header": b"\x03\x00",
}


def garbage_to_caller():
    """The one we call answers with nonsense."""
    wrong = []

    def serve(server, octets):
        peer, _ = server.accept()
        with peer:
            peer.recv(4096)
            peer.sendall(octets)

    for name, octets in GARBAGE.items():
        with socket.create_server((address(), 0)) as server:
            thread = threading.Thread(target=serve, args=(server, octets))
            thread.start()
            caller = call(PROGRAM, "%s:%d" % server.getsockname(), "--json", "--timeout", 5)
            thread.join()
        wrong += [f"{name}: {line}" for line in expect_failure(caller, '"answered":false')]
    return wrong


def garbage_to_callee():
    """Nonsense closes its connection; the next caller is answered."""
    callee = Answer(PROGRAM, "--json", "--once", 1, "--timeout", 5)
    host, port = callee.where.rsplit(":", 1)
    for octets in GARBAGE.values():
        with socket.create_connection((host, int(port)), TIMEOUT) as peer:
            peer.sendall(octets)
            peer.shutdown(socket.SHUT_WR)
            while peer.recv(4096):
                pass
    caller = call(PROGRAM, callee.where, "--json", *SHORT)
    return [] if caller.status == 0 and callee.end() == 0 else [caller.said(), callee.said()]


def relay(source, sink, cut):
    """Hands octets on, in pieces that CUT makes of them."""
    try:
        while octets := source.recv(65536):
            for piece in cut(octets):
                sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def single_octets(octets):
    return (octets[i:i + 1] for i in range(len(octets)))


def through(cut, call_words, answer_words=()):
    """A call whose signalling goes through a relay that cuts its octets anew; (caller, callee) at their ends."""
    callee = Answer(PROGRAM, "--json", "--once", 1, *answer_words)
    host, port = callee.where.rsplit(":", 1)
    with socket.create_server((address(), 0)) as server:
        def serve():
            near, _ = server.accept()
            far = socket.create_connection((host, int(port)), TIMEOUT)
            for s in (near, far):
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            back = threading.Thread(target=relay, args=(far, near, cut))
            back.start()
            relay(near, far, cut)
            back.join()
            near.close()
            far.close()

        thread = threading.Thread(target=serve)
        thread.start()
        caller = call(PROGRAM, callee.where, "--json", *call_words, "--via", "%s:%d" % server.getsockname())
        thread.join()
    return caller, callee


def segmented(cut):
    """Tunnelled, so that all of it goes this way."""
    caller, callee = through(cut, [*SHORT, "--tunnel"])
    callee.status = callee.end()
    caller.report, callee.report = caller.reports()[0], callee.reports()[0]
    wrong = problems(caller, callee)
    if not any(a["address"] == callee.where and a["where"] == "setup.destCallSignalAddress"
               for a in callee.report["signalled"]):
        wrong.append("Setup did not name the destination")
    return wrong


def changed():
    """Bits turned on the way: the call may fail, the ends do not."""
    wrong = []
    for seed in range(8):
        rng = random.Random(seed)

        def cut(octets, rng=rng):
            octets = bytearray(octets)
            if rng.random() < 0.5:
                octets[rng.randrange(len(octets))] ^= 1 << rng.randrange(8)
            yield bytes(octets)

        caller, callee = through(cut, ["--duration", "0.2", "--timeout", 3, *rng.choice(MUTATED)], ["--timeout", 3])
        callee.interrupt()  # it may still wait for a call
        for end, status in ((caller, caller.status), (callee, callee.end())):
            if status not in (0, 1):
                wrong.append(f"seed {seed}: status {status}: {end.said()}")
    return wrong


def ipv6():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return None
    callee = Answer(PROGRAM, "--json", "--once", 1, local="::1")
    caller = call(PROGRAM, callee.where, "--json", *SHORT, local="::1")
    callee.status = callee.end()
    caller.report, callee.report = caller.reports()[0], callee.reports()[0]
    return problems(caller, callee)


def largest_lie():
    """A TPKT that announces much and ends early."""
    with socket.create_server((address(), 0)) as server:
        def serve():
            peer, _ = server.accept()
            with peer:
                peer.recv(4096)
                peer.sendall(b"\x03\x00" + struct.pack("!H", 65535) + bytes(1000))

        thread = threading.Thread(target=serve)
        thread.start()
        caller = call(PROGRAM, "%s:%d" % server.getsockname(), "--json")
        thread.join()
    return expect_failure(caller)


CASES = {
    **{f"{' '.join(ours)} calls {' '.join(theirs)}": (mix, ours, theirs) for ours, theirs in modes()},
    "the callee hangs up": (callee_hangs_up,),
    "five calls in a row, same ports": (five_in_a_row,),
    "digits both ways": (digits,),
    "codecs": (codecs,),
    "names": (names,),
    "recordings": (recordings,),
    "nobody listens": (nobody_listens,),
    "nobody answers": (nobody_answers,),
    "a caller that says nothing": (silent_caller,),
    "busy, and interrupts": (busy,),
    "interrupt without a call": (idle_interrupt,),
    "garbage from the called": (garbage_to_caller,),
    "garbage from callers": (garbage_to_callee,),
    "an announced length that never comes": (largest_lie,),
    "octet by octet": (segmented, single_octets),
    "bits turned on the way": (changed,),
    "IPv6": (ipv6,),
}


def run(case):
    try:
        return case[0](*case[1:])
    except Exception as error:  # noqa: BLE001 (whatever it is, the case failed)
        return [f"{type(error).__name__}: {error}"]


def main():
    tap = Tap()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        running = {name: pool.submit(run, case) for name, case in CASES.items()}
        for name, result in running.items():
            wrong = result.result()
            if wrong is None:
                tap.skip(name, "not possible here")
            else:
                tap.result(name, wrong)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
