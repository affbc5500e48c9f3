#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""`./dev run`: a conference through the wall, for looking at. Builds the lab, places a call each way, stays up to try."""

import argparse
import os
import signal
import sys
import threading

import scene
import space
import wire
from space import GATEWAY_IN, GATEWAY_OUT, HOSTS

DRAWING = f"""\
       inside                          gateway                          outside

  inside1 {HOSTS['inside1']} --+     +-------------------------+     +-- outside1 {HOSTS['outside1']}
                        +-----| {GATEWAY_IN}  {GATEWAY_OUT} |-----+
  inside2 {HOSTS['inside2']} --+     |        posternd         |     +-- outside2 {HOSTS['outside2']}
                              +-------------------------+
"""

CALLS = [
    ("outwards", "inside1 dials the address of outside1",
     ("inside1", 440), ("outside1", 1000), HOSTS["outside1"]),
    ("inwards", f"outside1 calls anna at the gateway, {GATEWAY_OUT}; that is inside1",
     ("outside1", 1000), ("inside1", 440), f"anna@{GATEWAY_OUT}"),
]


class Show:
    """Lines in order, from several threads; colour where a terminal is."""

    def __init__(self):
        self.lock = threading.Lock()
        self.colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def line(self, text="", style=""):
        codes = {"head": "1", "good": "32", "bad": "31", "dim": "2"}
        if self.colour and style:
            text = f"\033[{codes[style]}m{text}\033[0m"
        try:
            with self.lock:
                print(text, flush=True)
        except BrokenPipeError:
            os._exit(141)  # nobody looks any more; the lab ends with its first process


def place(lab, build, show, name, what, caller, callee, dial):
    """One call; whether audio came both ways and nothing of the inside leaked."""
    show.line(f"\n== A call {name}: {what}", "head")
    ends = [scene.End(host, HOSTS[host], tone, fast=False, tunnel=False, seconds=2) for host, tone in (caller, callee)]
    capture = wire.Capture(lab, "out0", name)
    call = scene.Call(lab, build, name, *ends, dial)
    call.answer().place()
    problems = call.end()
    leaked = wire.leaks(capture.stop(), capture.mac, [HOSTS["inside1"], HOSTS["inside2"], GATEWAY_IN])
    return call, problems, leaked


def verdict(show, call, problems, leaked):
    """Says what each end heard; whether all is well."""
    if not problems:
        ends = ((call.caller, call.callee), (call.callee, call.caller))
        for (end, other), heard in zip(ends, call.heard()):
            what = "silence" if heard["silence"] else f"{heard['hz']:.1f} Hz ({heard['seconds']:.1f} s of sound)"
            show.line(f"  {end.host:<9} heard {what}; {other.host} sent {other.tone} Hz")
        problems = call.audio_problems()
    problems += [f"left the gateway: {line}" for line in leaked]
    for problem in problems:
        show.line(problem, "bad")
    if not problems:
        show.line("  audio both ways, and no inside address in any byte that left", "good")
    return not problems


def stay(lab, daemon, show):
    """Until Ctrl-C: endpoints that answer on every host, and what to try."""
    for host in HOSTS:
        lab.start(host, [daemon.postern, "answer", "--local", HOSTS[host]], name=f"answer@{host}",
                  on_line=lambda process, line: show.line(f"  {process.name}: {line}", "dim"))
    show.line("\n== The lab stays up until Ctrl-C; an endpoint answers on every host. From another terminal:", "head")
    show.line(f"""
  lab/in inside2 postern call {HOSTS['outside2']}             outwards, by address
  lab/in outside2 postern call berta@{GATEWAY_OUT}        inwards, by name (anna, berta) or to the default host
  lab/in inside1 postern call --fast --tunnel {HOSTS['outside1']}
  lab/in gateway postern status
  lab/in gateway postern calls                         the last calls; postern calls ID shows one whole
  lab/in gateway nft list table inet postern           the wall
  lab/in outside1                                      a shell there
""")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        show.line()


def main(lab):
    arguments = parse()
    show = Show()
    show.line(DRAWING)
    daemon = scene.Posternd(lab, arguments.build, default_host=HOSTS["inside1"],
                            bindings=[("anna", HOSTS["inside1"]), ("berta", HOSTS["inside2"])])
    show.line("posternd is up on the gateway and lets nothing cross but what calls open (mode: enforce).\n"
              "What it does follows as it happens: each message, and each address in it before -> after.", "dim")
    follow = daemon.follow(lambda process, line: show.line(f"  {line}"))
    good = True
    for name, *rest in CALLS:
        call, problems, leaked = place(lab, arguments.build, show, name, *rest)
        # The ladder's last line comes over another socket than the endpoints' end.
        space.eventually(daemon.idle, 2)
        good = verdict(show, call, problems, leaked) and good
    if not good:
        show.line("\nposternd said:", "bad")
        show.line(daemon.process.said())
    if not arguments.once:
        stay(lab, daemon, show)
    follow.kill()
    show.line("\nboth calls went through the wall" if good else "\nthe calls did not go as they should",
              "good" if good else "bad")
    return 0 if daemon.process.stop() == 0 and good else 1


def parse():
    parser = argparse.ArgumentParser(prog="./dev run", description="a call each way through the wall, in a lab")
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--once", action="store_true", help="end after the two calls, with status 0 or 1")
    return parser.parse_args()


if __name__ == "__main__":
    options = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    space.main_in_lab(main, os.path.join(os.path.abspath(options.build), "lab"))
