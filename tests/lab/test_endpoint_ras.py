#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""`postern call` and `postern answer` at a gatekeeper (--gatekeeper): an inside host registered with one outside, a posternd of
its own, through the gateway, direct and routed; and a host behind somebody else's NAT registered with the gateway's own by
H.460.18. Calls both ways, audio both ways, and no inside address outside.
"""

import os
import sys

import common
from common import End, FAR_HOSTS, FAR_OUT, GATEWAY_IN, GATEWAY_OUT, HOSTS
from test_ras_proxy import Scene

FAR = FAR_HOSTS["far1"]
SERVES = "gatekeeper:\n  serve: 'on'\n  outside: 'on'\n"
WALL = f"""\
table ip nat_wall {{
	chain wall {{
		type filter hook forward priority filter; policy drop;
		ct state established,related accept
		iifname "in0" accept
	}}
	chain outwards {{
		type nat hook postrouting priority srcnat; policy accept;
		oifname "out0" snat to {FAR_OUT}
	}}
}}
"""


def call(lab, build, what, ends, tunnel=True, fast=True):
    """ENDS: (host, name, gatekeeper) of the caller and the called. Problems."""
    hosts = {**HOSTS, **FAR_HOSTS}
    made = [End(host, hosts[host], tone, seconds=1, fast=fast, tunnel=tunnel, extra=["--gatekeeper", gatekeeper, "--name", name])
            for (host, name, gatekeeper), tone in zip(ends, (500, 1500))]
    placed = common.Call(lab, build, what.replace(" ", "-").replace(",", ""), *made, ends[1][1])
    placed.answering = lab.start(made[1].host, [placed.postern, "answer", "--once", "1", "--number", "4711",
                                                *made[1].options(placed.callee_wav)], name=f"answer {what}")
    placed.answering.wait_line(r"listening on ")
    known = common.eventually(lambda: known_there(lab, build, ends[1]), 20, 0.1)
    if not known:
        raise common.LabError(f"{ends[1][1]} is not registered:\n{placed.answering.said()}")
    placed.place()
    return placed.end() + placed.audio_problems()


def known_there(lab, build, end):
    """Whether the gatekeeper of END has it; asked on that gatekeeper's own host."""
    _, name, gatekeeper = end
    outside = gatekeeper == HOSTS["outside2"]
    socket = "/run/there/control.sock" if outside else common.NEAR.control
    status, out, _ = lab.run("outside2" if outside else "gateway",
                             [os.path.join(os.path.abspath(build), "src", "cli", "postern"), "registrations", "--json", "--socket", socket])
    return status == 0 and f'"{name}"' in out


def by_proxy(tap, lab, build):
    scene = Scene(lab, build)
    there = HOSTS["outside2"]  # the gateway intercepts that
    capture = common.Capture(lab, "out0", "endpoint-ras-proxy")
    anna, olga = ("inside1", "anna", there), ("outside1", "olga", there)
    for routed, model in (("off", "direct"), ("on", "routed")):
        scene.gatekeeper(routed)
        tap.result(f"in, {model}", call(lab, build, f"in {model}", (olga, anna)))
        tap.result(f"out, {model}", call(lab, build, f"out {model}", (anna, olga), fast=False, tunnel=False))
    nobody = lab.run("inside1", [scene.daemon.postern, "call", "--local", HOSTS["inside1"], "--gatekeeper", there, "nobody"])
    tap.result("why not, in words", [] if nobody[0] == 1 and "nobody is registered under that name" in nobody[2] else [str(nobody)])
    frames = capture.stop()
    tap.result("no inside address is seen outside", common.leaks(frames, capture.mac, [HOSTS["inside1"], GATEWAY_IN]))
    tap.result("tshark finds no malformed packet", common.Referee([capture]).broken())
    scene.there.stop()
    tap.result("posternd ends cleanly", common.stop_problems(scene.daemon))



def behind_nat(tap, lab, build):
    lab.add_wall()
    status, _, error = lab.run("wall", ["nft", WALL])
    if status:
        raise common.LabError(f"nft: {error}")
    daemon = common.Posternd(lab, build, text=common.config_text(extra=SERVES + common.LIMITS))
    capture = common.Capture(lab, "out0", "endpoint-ras-nat")
    anna, nora = ("inside1", "anna", GATEWAY_IN), ("far1", "nora", GATEWAY_OUT)
    for way, fast in (("fast connect", True), ("H.245 on a connection of its own", False)):
        tap.result(f"from behind a NAT, {way}", call(lab, build, f"from NAT {fast}", (nora, anna), fast=fast, tunnel=fast))
        tap.result(f"to behind a NAT, {way}", call(lab, build, f"to NAT {fast}", (anna, nora), fast=fast, tunnel=fast))
    frames = capture.stop()
    tap.result("no inside address is seen outside", common.leaks(frames, capture.mac, [HOSTS["inside1"], GATEWAY_IN]))
    tap.result("tshark finds no malformed packet", common.Referee([capture]).broken())
    tap.result("all is gone 1 s after", common.gone_problems(daemon, 1))
    tap.result("posternd ends cleanly", common.stop_problems(daemon))


def main(lab):
    tap = common.Tap()
    build = common.build_folder()
    by_proxy(tap, lab, build)
    behind_nat(tap, lab, build)
    return tap.end()


if __name__ == "__main__":
    sys.exit(common.run(main, __file__))
