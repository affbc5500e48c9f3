#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""One side has IPv4 only, the other IPv6 only: a host inside calls out, is given an address from a pool of the other family,
and is called there; audio both ways, and each end is told addresses of its own family only.
"""

import ipaddress
import sys

import common
from common import End, GATEWAY_IN, GATEWAY_OUT, HOSTS, LIMITS
from scene import Site

FOUR = {"inside1": HOSTS["inside1"], "outside1": HOSTS["outside1"], "in": GATEWAY_IN, "out": GATEWAY_OUT}
SIX = {"inside1": "fd00:83:47::10", "outside1": "2001:db8:47::10", "in": "fd00:83:47::1", "out": "2001:db8:47::1"}
# On the wire's own network, where the gateway answers for them.
POOLS = {4: "203.0.113.96/27", 6: "2001:db8:47::1:0/112"}


def dialled(address):
    return f"[{address}]" if ":" in address else address


def host_of(text):
    """The address of "1.2.3.4:5" or "[::1]:5"."""
    return ipaddress.ip_address(text.rsplit(":", 1)[0].strip("[]"))


class Scene:
    def __init__(self, lab, tap, build):
        self.lab, self.tap, self.build = lab, tap, build
        for host, interface, address in (("gateway", "in0", SIX["in"]), ("gateway", "out0", SIX["out"]),
                                         ("inside1", "eth0", SIX["inside1"]), ("outside1", "eth0", SIX["outside1"])):
            lab.run(host, ["ip", "address", "add", f"{address}/64", "dev", interface, "nodad"])

    def call(self, what, caller, callee, dial, fast):
        ends = [End(host, address, tone, fast, fast, seconds=1) for (host, address), tone in ((caller, 500), (callee, 1500))]
        call = common.Call(self.lab, self.build, what.replace(" ", "-").replace(",", ""), *ends, dial).answer().place()
        problems = call.end() + call.audio_problems()
        for end, process in ((ends[0], call.calling), (ends[1], call.answering)):
            report = call.report(process)
            family = ipaddress.ip_address(end.address).version
            others = [item for item in report["signalled"] if host_of(item["address"]).version != family]
            # the name that was dialled is an address, and of the other family
            problems += [f"{end.host} was told {item}" for item in others if item["by"] == "peer"]
            if report["unreadable"] or report["received"]["other_host"] or report["received"]["other_port"]:
                problems.append(f"{end.host}: {report}")
        self.tap.result(what, problems)
        return call

    def scene(self, what, inner, outer, outside_family):
        """INNER and OUTER: FOUR or SIX, inside and outside."""
        site = Site(inside=inner["in"], outside=outer["out"], network="fd00:83:47::/64" if inner is SIX else "10.83.47.0/24",
                    control=f"/run/postern-{outside_family}/control.sock", state=f"/run/postern-{outside_family}-state")
        pool = f"leases:\n  pools:\n    - {{realm: outside, addresses: '{POOLS[outside_family]}'}}\n"
        daemon = common.Posternd(self.lab, self.build, site=site, text=common.config_text(site=site, extra=LIMITS + pool))
        capture = common.Capture(self.lab, "out0", f"families-{outside_family}")
        inside, outside = ("inside1", inner["inside1"]), ("outside1", outer["outside1"])
        for fast in (False, True):
            way = f"{what}, {'fast' if fast else 'slow'}"
            out = self.call(f"{way}, calls out", inside, outside, f"x@{dialled(outer['outside1'])}@{dialled(inner['in'])}", fast)
            own = host_of(out.report(out.answering)["peer"])
            if own not in ipaddress.ip_network(POOLS[outside_family]):
                self.tap.result(f"{way}: it has an address of the pool", [f"it came from {own}"])
            self.call(f"{way}, is called", outside, inside, dialled(str(own)), fast)
        frames = capture.stop()
        if inner is FOUR:
            self.tap.result(f"{what}: no inside address is seen outside",
                            common.leaks(frames, capture.mac, [FOUR["inside1"], GATEWAY_IN]))
        else:
            octets = [ipaddress.ip_address(SIX[k]).packed for k in ("inside1", "in")]
            octets += [SIX[k].encode() for k in ("inside1", "in")]
            self.tap.result(f"{what}: no inside address is seen outside",
                            [str(f) for f in frames if f.source_mac == capture.mac and any(o in f.data for o in octets)])
        self.tap.result(f"{what}: tshark finds no malformed packet", common.Referee([capture]).broken())
        self.tap.result(f"{what}: all is gone 1 s after", common.gone_problems(daemon, 1))
        self.tap.result(f"{what}: posternd ends cleanly", common.stop_problems(daemon))


def main(lab):
    tap = common.Tap()
    scene = Scene(lab, tap, common.build_folder())
    scene.scene("IPv4 inside, IPv6 outside", FOUR, SIX, 6)
    scene.scene("IPv6 inside, IPv4 outside", SIX, FOUR, 4)
    return tap.end()


if __name__ == "__main__":
    sys.exit(common.run(main, __file__))
