#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tshark reads what the endpoint sends: no malformed packet, and each address where we say we put it. Prints TAP.

usage: test_referee.py LAB-FOLDER PROGRAM

Starts itself again in a network namespace of its own, so that the capture holds these calls and nothing else. Exits
with 77 where there is no tshark, or where this machine allows no namespace.
"""

import collections
import os
import shutil
import signal
import subprocess
import sys
import tempfile

LAB, PROGRAM = sys.argv[1:3]
sys.path.insert(0, LAB)

from tap import Tap  # noqa: E402

from calls import Endpoint, pair, problems  # noqa: E402

MARK = "POSTERN_REFEREE"
SHORT = ("--duration", "1", "--dtmf", "12")
CALLS = {
    "slow, separate": (["--slow", "--no-tunnel"], []),
    "slow, tunnelled": (["--slow", "--tunnel"], []),
    "slow, early H.245": (["--slow", "--no-tunnel", "--early-h245"], ["--early-h245"]),
    "fast, tunnelled": (["--fast", "--tunnel"], []),
    "fast, separate": (["--fast", "--no-tunnel"], []),
    "fast refused": (["--fast", "--tunnel", "--codec", "alaw"], ["--slow"]),
    "with data": (["--slow", "--no-tunnel", "--with-data", "--say", "hello"], ["--with-data", "--say", "hello"]),
    "with names and numbers": (["--alias", "Änne", "--number", "4711"], ["--alias", "anna@example.org"]),
}
FIELDS = ["frame.number", "tcp.stream", "_ws.malformed", "_ws.expert.message", "q931.message_type", "q931.cause_value",
          "h225.ipV4", "h225.ipV4_port", "h225.h245Ip",
          "h225.h245IpPort", "h245.ip4_network", "h245.tsapIdentifier",
          "h245.alphanumeric", "h245.signalType", "_ws.col.Info"]
SETUP, CONNECT, RELEASE = 0x05, 0x07, 0x5A


def namespace():
    """Goes on inside a new network namespace; returns in there only."""
    if MARK in os.environ:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    command = ["unshare", *user, "--net", "--"]
    if not shutil.which("tshark"):
        print("1..0 # SKIP no tshark")
        sys.exit(77)
    if subprocess.run([*command, "ip", "link", "set", "lo", "up"], capture_output=True).returncode:
        print("1..0 # SKIP this machine allows no network namespace")
        sys.exit(77)
    sys.exit(subprocess.run([*command, sys.executable, *sys.argv], env={**os.environ, MARK: "1"}).returncode)


def read(path):
    """One row for each frame with signalling in it, field by field as tshark understands it."""
    command = ["tshark", "-n", "-r", path, "-2", "-Y", "h225 || h245 || q931 || tpkt || rtcp || _ws.malformed",
               "-T", "fields", "-E", "occurrence=a", "-E", "separator=/t"]
    for field in FIELDS:
        command += ["-e", field]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    if done.returncode:
        raise SystemExit(f"tshark: {done.stderr}")
    return [collections.defaultdict(str, zip(FIELDS, line.split("\t"))) for line in done.stdout.splitlines()]


def numbers(text):
    return [int(part, 0) for part in text.split(",") if part]


def pairs(rows, address, port):
    found = set()
    for row in rows:
        found.update(zip(row[address].split(","), numbers(row[port])))
    return {f"{a}:{p}" for a, p in found if a}


def malformed(rows):
    bad = [f"frame {r['frame.number']}: {r['_ws.malformed']} {r['_ws.expert.message']} {r['_ws.col.Info']}"
           for r in rows if r["_ws.malformed"] or "alformed" in r["_ws.expert.message"]]
    return bad if rows else ["tshark saw no signalling"]


def said(ends, kinds):
    """The addresses that both ends say were signalled, of these kinds."""
    return {a["address"] for end in ends for a in end.report["signalled"] if a["what"] in kinds}


def compare(name, wanted, seen):
    return [] if wanted == seen else [f"{name}: we signalled {sorted(wanted)}, tshark read {sorted(seen)}"]


def flow(rows, calls):
    """Each call has its Setup, Connect and ReleaseComplete with cause 16."""
    types = collections.Counter(t for r in rows for t in numbers(r["q931.message_type"]))
    wrong = [f"{types[t]} messages of type {t:#x} in {calls} calls" for t in (SETUP, CONNECT) if types[t] != calls]
    if types[RELEASE] < calls:
        wrong.append(f"{types[RELEASE]} ReleaseComplete in {calls} calls")
    causes = {c for r in rows for c in numbers(r["q931.cause_value"])}
    return wrong + ([] if causes <= {16} else [f"causes {causes}"])


def main():
    namespace()
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "lo.pcap")
        capture = Endpoint(sys.executable, os.path.join(LAB, "capture.py"), "lo", path)
        capture.line("capturing")
        ends = []
        for name, (ours, theirs) in CALLS.items():
            both = pair(PROGRAM, [*SHORT, *ours], theirs)
            ends += both
            tap.result(f"call: {name}", problems(*both))
        capture.process.send_signal(signal.SIGTERM)
        tap.result("the capture is whole", [] if capture.end() == 0 else [capture.said()])
        rows = read(path)
    tap.result("tshark finds nothing malformed", malformed(rows))
    tap.result("tshark sees each call set up and cleared", flow(rows, len(CALLS)))
    tap.result("tshark reads the H.225.0 addresses as signalled", compare(
        "H.225.0", said(ends, ("call signalling", "H.245", "other")),
        pairs(rows, "h225.ipV4", "h225.ipV4_port") | pairs(rows, "h225.h245Ip", "h225.h245IpPort")))
    tap.result("tshark reads the H.245 addresses as signalled", compare(
        "H.245", said(ends, ("RTP", "RTCP", "T.120")), pairs(rows, "h245.ip4_network", "h245.tsapIdentifier")))
    digits = collections.Counter(d for r in rows for d in (r["h245.signalType"] + r["h245.alphanumeric"]).replace(",", ""))
    tap.result("tshark reads the digits", [] if digits == {"1": len(CALLS), "2": len(CALLS)} else [str(digits)])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
