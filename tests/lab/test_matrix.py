#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every way the two ends can start a call, outwards and inwards: audio both ways, right addresses, nothing leaked.

Both ends choose fast or slow start, tunnelled or separate H.245, and the caller early H.245 or not. Each cell has hosts,
tones and ports of its own, so that many calls run at once and one that heard another's would show.
"""

import itertools
import sys

import common
from common import End, GATEWAY_IN, GATEWAY_OUT

AT_ONCE = 12
WAYS = list(itertools.product((True, False), repeat=2))  # fast, tunnel


def cells():
    """(name, direction, caller's way and early H.245, callee's way)."""
    for direction in ("out", "in"):
        for (fast, tunnel), early in itertools.product(WAYS, (False, True)):
            for callee in WAYS:
                yield direction, (fast, tunnel, early), callee


def name_of(direction, caller, callee):
    def way(fast, tunnel, early=False):
        return ("fast" if fast else "slow") + ("-tunnelled" if tunnel else "-separate") + ("-early" if early else "")
    return f"{direction}-{way(*caller)}-to-{way(*callee)}"


def make_call(lab, build, number, direction, caller, callee):
    """The call of cell NUMBER: inside address 10.83.47.(100 + n), outside 203.0.113.(100 + n)."""
    inside, outside = f"10.83.47.{100 + number}", f"203.0.113.{100 + number}"
    lab.add_address("inside1", inside)
    lab.add_address("outside1", outside)
    places = [("inside1", inside), ("outside1", outside)]
    if direction == "in":
        places.reverse()
    ends = [End(host, address, tone=tone, fast=way[0], tunnel=way[1], early=(way + (False,))[2], seconds=1.5)
            for (host, address), tone, way in zip(places, (400 + 20 * number, 1800 + 20 * number), (caller, callee))]
    dial = outside if direction == "out" else f"cell{number}@{GATEWAY_OUT}"
    return common.Call(lab, build, name_of(direction, caller, callee), *ends, dial)


def main(lab):
    tap = common.Tap()
    build = common.build_folder()
    calls = [make_call(lab, build, number, *cell) for number, cell in enumerate(cells())]
    inside = {e.address for c in calls for e in (c.caller, c.callee) if e.host == "inside1"} | {GATEWAY_IN}
    bindings = [(f"cell{number}", call.callee.address) for number, call in enumerate(calls)
                if call.callee.host == "inside1"]
    captures = {i: common.Capture(lab, i, "matrix") for i in ("in0", "out0")}
    daemon = common.Posternd(lab, build, bindings=bindings)
    problems = {}

    def run(call):
        call.answer().place()
        return call.end()

    for call, found in zip(calls, common.at_once(AT_ONCE, run, calls)):
        problems[call] = found
    idle = common.eventually(daemon.idle, 2)
    frames = {i: capture.stop() for i, capture in captures.items()}
    referee = common.Referee(captures.values())
    for call in calls:
        found = problems[call]
        if not found:
            found = call.audio_problems() + common.signalled_problems(call) \
                + common.media_problems(call, frames) + common.told_problems(call, referee)
        tap.result(call.name, found)
    tap.result("no inside address in any byte that leaves",
               common.leaks(frames["out0"], captures["out0"].mac, inside))
    tap.result("tshark finds no malformed packet", referee.malformed())
    tap.result("nothing is left of any call", [] if idle else [f"status: {daemon.status()}"])
    tap.result("posternd ends cleanly", common.stop_problems(daemon))
    return tap.end()


if __name__ == "__main__":
    sys.exit(common.run(main, __file__))
