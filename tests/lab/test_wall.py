#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Nothing crosses the wall but what a call opened: probed before, during and after a call, from both sides.

The outside has a route to the inside here, so what holds is the wall and not that nobody knows the way. Probed are the
inside hosts themselves, and the gateway's own ports of the call: from other hosts than the call's, and from the call's
own host but another port.
"""

import sys

import common
from common import End, GATEWAY_IN, GATEWAY_OUT, HOSTS
from probe import Prober

INSIDE, OUTSIDE = HOSTS["inside1"], HOSTS["outside1"]
UDP_PORTS = [53, 1024, 1718, 1719, 1720, 5000, 5001, 5002, 6000, common.MEDIA_PORTS[0], 65535]
TCP_PORTS = [22, 80, 389, 1503, 1731, 5000, common.H245_PORTS[0], 65535]


def probe_hosts(prober):
    """Straight at the hosts of the other side; the sockets to close and the token of each side's last datagram."""
    sockets = []
    for host in ("outside1", "outside2"):
        sockets += prober.tcp(host, INSIDE, TCP_PORTS)
        prober.icmp(host, INSIDE)
        from_outside = prober.udp(host, INSIDE, UDP_PORTS)
    for host in ("inside1", "inside2"):
        sockets += prober.tcp(host, OUTSIDE, TCP_PORTS)
        prober.icmp(host, OUTSIDE)
        from_inside = prober.udp(host, OUTSIDE, UDP_PORTS)
    return sockets, from_inside, from_outside


def probe_call(prober, call):
    """At the gateway's own ports of a call: the ports it listens on for media and H.245, from whom they are not for."""
    sockets = []
    for hole in call["pinholes"]:
        if not hole["open"]:
            continue
        realm, port = call["legs"][hole["from_leg"]]["realm"], hole["local_in"]
        address = {"inside": GATEWAY_IN, "outside": GATEWAY_OUT}[realm]
        # Another host; and the call's own host from another port, once the first packet has told which one is right.
        for host in (f"{realm}2", f"{realm}1")[:2 if hole["packets"] else 1]:
            if hole["kind"] in ("rtp", "rtcp"):
                prober.udp(host, address, [port])
        if hole["kind"] in ("h245", "t120"):
            sockets += prober.tcp(f"{realm}2", address, [port])
    return sockets


class Wall:
    def __init__(self, lab, tap, build):
        self.lab, self.tap, self.build = lab, tap, build
        self.daemon = common.Posternd(lab, build, bindings=[("anna", INSIDE)])

    def phase(self, name, probe):
        """PROBE(prober) between two captures; nothing it sent may be on the far side."""
        captures = {i: common.Capture(self.lab, i, name.replace(" ", "-")) for i in ("in0", "out0")}
        prober = Prober(self.lab)
        sockets, from_inside, from_outside = probe(prober)
        captures["in0"].wait_for(from_inside)
        captures["out0"].wait_for(from_outside)
        frames = {i: capture.stop() for i, capture in captures.items()}
        for sock in sockets:
            sock.close()
        problems = [f"crossed inwards: {p}" for p in prober.crossed(frames["in0"], captures["in0"].mac)]
        problems += [f"crossed outwards: {p}" for p in prober.crossed(frames["out0"], captures["out0"].mac)]
        if prober.seen(frames["in0"] + frames["out0"]) != len(prober.tokens):
            problems.append("not every probe reached the gateway")
        self.tap.result(f"nothing crosses {name}", problems)

    def during(self, name, fast, tunnel):
        """The probes while a call stands, which goes on as if nothing were."""
        ends = [End("inside1", INSIDE, 500, fast, tunnel, seconds=4), End("outside1", OUTSIDE, 1500, fast, tunnel)]
        if name.startswith("inbound"):
            ends.reverse()
            ends[0].seconds = 4
        dial = OUTSIDE if name.startswith("outbound") else f"anna@{GATEWAY_OUT}"
        call = common.Call(self.lab, self.build, name.replace(" ", "-"), *ends, dial).answer().place()
        standing = common.standing(self.daemon)

        def probe(prober):
            sockets = probe_call(prober, self.daemon.ask("calls", str(standing["id"])))
            more, from_inside, from_outside = probe_hosts(prober)
            return sockets + more, from_inside, from_outside

        self.phase(f"during an {name}", probe)
        refused = self.daemon.ask("calls", str(standing["id"]))["pinholes"]
        problems = call.end()
        problems += call.audio_problems()
        if not any(p["refused"] for p in refused):
            problems.append("no pinhole counted a refused packet")
        self.tap.result(f"an {name} goes on while it is probed", problems)
        self.tap.result(f"all is gone 1 s after an {name}", common.gone_problems(self.daemon, 1))


def main(lab):
    tap = common.Tap()
    wall = Wall(lab, tap, common.build_folder())
    wall.phase("before any call", probe_hosts)
    wall.during("outbound call", fast=True, tunnel=True)
    wall.during("inbound call", fast=False, tunnel=False)
    wall.phase("after the calls", probe_hosts)
    tap.result("posternd ends cleanly", common.stop_problems(wall.daemon))
    return tap.end()


if __name__ == "__main__":
    sys.exit(common.run(main, __file__))
