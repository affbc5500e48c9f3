#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The same ports again and at once: calls in a row between the same hosts, and two inside hosts that chose alike.

A helper that keeps what an ended call expected fails the second call; one that knows a stream by its ports only mixes up
two hosts. Every call here uses RTP 5000 and RTCP 5001 at both ends.
"""

import sys

import common
from common import End, GATEWAY_IN, GATEWAY_OUT, HOSTS

RTP = (5000, 5001)


def end(host, tone, way, **more):
    fast, tunnel = way
    return End(host, HOSTS[host], tone, fast, tunnel, rtp_ports=RTP, **more)


def five_in_a_row(lab, build, daemon, tap, direction, way):
    name = f"{direction}, {'fast' if way[0] else 'slow'}, {'tunnelled' if way[1] else 'separate'}"
    for number in range(1, 6):
        ends = [end("inside1", 400 + 50 * number, way, seconds=1), end("outside1", 1500 + 50 * number, way, seconds=1)]
        if direction == "inwards":
            ends.reverse()
        dial = HOSTS["outside1"] if direction == "outwards" else f"inside1@{GATEWAY_OUT}"
        call = common.Call(lab, build, f"row-{direction}-{number}", *ends, dial).answer().place()
        problems = call.end() or call.audio_problems()
        problems += common.gone_problems(daemon, 1)
        if not tap.result(f"call {number} of five in a row ({name})", problems):
            break


def two_at_once(lab, build, tap, direction):
    """Both inside hosts at once, with outside hosts of their own."""
    calls = []
    for number in (1, 2):
        ends = [end(f"inside{number}", 500 * number, (True, False)), end(f"outside{number}", 1400 + 200 * number, (True, False))]
        if direction == "inwards":
            ends.reverse()
        dial = HOSTS[f"outside{number}"] if direction == "outwards" else f"inside{number}@{GATEWAY_OUT}"
        calls.append(common.Call(lab, build, f"two-{direction}-{number}", *ends, dial).answer())
    for call in calls:
        call.place()
    tap.result(f"two inside hosts at once on the same ports ({direction})",
               [p for call in calls for p in call.end() or call.audio_problems()])


def two_to_one(lab, build, tap):
    """Both inside hosts call the same outside host, which tells them apart by the gateway's ports alone."""
    callers = [common.Call(lab, build, f"one-{number}", end(f"inside{number}", 500 * number, (False, True)),
                           End("outside1", HOSTS["outside1"], 2000), HOSTS["outside1"]) for number in (1, 2)]
    answering = lab.start("outside1", [callers[0].postern, "answer", "--once", "2", "--json", "--strict-source",
                                       "--local", HOSTS["outside1"], "--tone", "2000"], name="answer both")
    answering.wait_line("listening on ")
    for call in callers:
        call.place()
    problems = []
    for call in callers:
        if call.calling.wait():
            problems.append(f"{call.name}:\n{call.calling.said()}")
        elif abs(call.tone_of(call.caller_wav)["hz"] - 2000) > 3:
            problems.append(f"{call.name} heard {call.tone_of(call.caller_wav)}")
    if answering.wait():
        problems.append(answering.said())
    tap.result("two inside hosts on the same ports call one outside host", problems)


def main(lab):
    tap = common.Tap()
    build = common.build_folder()
    capture = common.Capture(lab, "out0", "repeat")
    daemon = common.Posternd(lab, build, bindings=[(h, HOSTS[h]) for h in ("inside1", "inside2")])
    for direction in ("outwards", "inwards"):
        five_in_a_row(lab, build, daemon, tap, direction, (False, False))
        two_at_once(lab, build, tap, direction)
    five_in_a_row(lab, build, daemon, tap, "outwards", (True, True))
    two_to_one(lab, build, tap)
    tap.result("all is gone 1 s after", common.gone_problems(daemon, 1))
    frames = capture.stop()
    tap.result("no inside address in any byte that leaves",
               common.leaks(frames, capture.mac, [HOSTS["inside1"], HOSTS["inside2"], GATEWAY_IN]))
    tap.result("tshark finds no malformed packet", common.Referee([capture]).malformed())
    tap.result("posternd ends cleanly", common.stop_problems(daemon))
    return tap.end()


if __name__ == "__main__":
    sys.exit(common.run(main, __file__))
