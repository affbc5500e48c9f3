#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The peer stands behind somebody else's wall: Linux's own NAT, with the kernel's helper for H.323, which opens what it reads
in messages that it understands and lets nothing else in. Calls in both directions, audio both ways, at the gateway's address
and at a virtual one.
"""

import sys

import common
from common import End, FAR_HOSTS, FAR_OUT, GATEWAY_IN, GATEWAY_OUT, HOSTS, LIMITS

FAR = FAR_HOSTS["far1"]
VIRTUAL = "203.0.113.110"
LEASES = f"""\
{LIMITS}leases:
  on_call: 'off'
  pools:
    - {{realm: outside, addresses: {VIRTUAL}}}
  static:
    - {{host: {HOSTS["inside1"]}, address: {VIRTUAL}}}
"""
WALL = f"""\
table ip helped {{
	ct helper q931 {{
		type "Q.931" protocol tcp
		l3proto ip
	}}
	chain pre {{
		type filter hook prerouting priority filter; policy accept;
		tcp dport 1720 ct helper set "q931"
	}}
	chain wall {{
		type filter hook forward priority filter; policy drop;
		ct state established,related accept
		iifname "in0" accept
		iifname "out0" ct status dnat tcp dport 1720 accept
	}}
	chain inwards {{
		type nat hook prerouting priority dstnat; policy accept;
		iifname "out0" tcp dport 1720 dnat to {FAR}
	}}
	chain outwards {{
		type nat hook postrouting priority srcnat; policy accept;
		oifname "out0" snat to {FAR_OUT}
	}}
}}
"""


def main(lab):
    tap = common.Tap()
    build = common.build_folder()
    lab.add_wall()
    status, _, error = lab.run("wall", ["nft", WALL])
    if status and not any(words in error for words in ("No such file", "not supported")):
        raise common.LabError(f"nft: {error}")
    if status:
        print(f"1..0 # SKIP this kernel has no NAT helper for H.323: {error.strip().splitlines()[0]}")
        return 77
    daemon = common.Posternd(lab, build, bindings=[("bernd", HOSTS["inside2"])], extra=LEASES)
    if not common.eventually(lambda: [lease["answered"] for lease in daemon.ask("leases")] == [True], 10, 0.1):
        raise common.LabError(f"{daemon.ask('leases')}\n{daemon.process.said()}")
    capture = common.Capture(lab, "out0", "linux-wall")
    port = 5000
    for way, fast in (("H.245 after the answer", False), ("fast connect", True)):
        for what, hosts, dial in (("the peer calls a name", ("far1", "inside2"), f"bernd@{GATEWAY_OUT}"),
                                  ("the peer calls an address", ("far1", "inside1"), VIRTUAL),
                                  ("the peer is called from the gateway's address", ("inside2", "far1"), FAR_OUT),
                                  ("the peer is called from a virtual address", ("inside1", "far1"), FAR_OUT)):
            ends = [End(host, {**HOSTS, **FAR_HOSTS}[host], tone, fast=fast, tunnel=False, seconds=1, rtp_ports=(port, port + 1))
                    for host, tone in zip(hosts, (500, 1500))]
            port += 10  # what the helper expects it expects for minutes: the same port again would be another one outside
            call = common.Call(lab, build, f"{what} {way}".replace(" ", "-"), *ends, dial).answer().place()
            tap.result(f"{what}, {way}", call.end() + call.audio_problems())
    frames = capture.stop()
    tap.result("no inside address of ours is seen outside", common.leaks(frames, capture.mac, [HOSTS["inside1"], HOSTS["inside2"], GATEWAY_IN]))
    tap.result("nothing but the wall's address was spoken to",
               sorted({str(f) for f in frames if f.ip and f.source_mac == capture.mac and f.dst == FAR}))
    tap.result("all is gone 1 s after", common.gone_problems(daemon, 1))
    tap.result("posternd ends cleanly", common.stop_problems(daemon))
    return tap.end()


if __name__ == "__main__":
    sys.exit(common.run(main, __file__))
