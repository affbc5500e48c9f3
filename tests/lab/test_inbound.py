#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whom a call that comes to the gateway is for: by name, by port, the default host; and two inside hosts that found each
other outside are joined inside, also where neither can see the other.
"""

import sys

import common
from common import End, GATEWAY_IN, GATEWAY_OUT, HOSTS, LIMITS

IN1, IN2, OUT1 = (HOSTS[h] for h in ("inside1", "inside2", "outside1"))
PORT = 1725
CONFIG = f"""\
inbound:
  bindings:
    - {{name: anna, host: {IN1}}}
    - {{name: bernd, host: {IN2}}}
  ports:
    - {{port: {PORT}, host: '{IN2}'}}
  default: {IN1}
"""


class Scene:
    def __init__(self, lab, tap, build):
        self.lab, self.tap, self.build = lab, tap, build
        self.daemon = common.Posternd(lab, build, text=common.config_text(extra=CONFIG + LIMITS))

    def call(self, what, caller, callee, dial, why, fast=True):
        """One call with audio both ways; WHY is in the gateway's own line of the ladder."""
        ends = [End(caller, HOSTS[caller], 500, fast, fast, seconds=1), End(callee, HOSTS[callee], 1500, fast, fast, seconds=1)]
        call = common.Call(self.lab, self.build, what.replace(" ", "-").replace(",", ""), *ends, dial).answer().place()
        problems = call.end() + call.audio_problems()
        newest = max(self.daemon.calls(), key=lambda c: c["id"])
        ladder = self.daemon.ask("calls", str(newest["id"]))["ladder"]
        if not any(why in line["text"] for line in ladder):
            problems.append(f"no line of the ladder says '{why}': {[line['text'] for line in ladder]}")
        self.tap.result(what, problems)
        return call

    def announced(self):
        """A host that has a port says it where it is asked from where it calls."""
        call = self.call("a host with a port calls out", "inside2", "outside1", OUT1, "dialled by address")
        told = [item["address"] for item in call.report(call.answering)["signalled"]
                if item["by"] == "peer" and item["what"] == "call signalling"]
        self.tap.result("it says at which port it is called", [] if f"{GATEWAY_OUT}:{PORT}" in told else [f"told: {told}"])

    def reload(self):
        """A port that the configuration has no more leads nowhere, and a new one leads to its host."""
        self.daemon.renew(common.config_text(extra=CONFIG.replace(str(PORT), str(PORT + 1)) + LIMITS))
        self.call("by another port after a reload", "outside1", "inside2", f"{GATEWAY_OUT}:{PORT + 1}", "called by its port")
        status, _, _ = self.lab.run("outside1", [self.daemon.postern, "call", f"{GATEWAY_OUT}:{PORT}"])
        self.tap.result("the port of before leads nowhere", [] if status else ["a call to it came up"])


def main(lab):
    tap = common.Tap()
    scene = Scene(lab, tap, common.build_folder())
    capture = common.Capture(lab, "out0", "inbound")
    scene.call("by name, at another's port", "outside1", "inside1", f"anna@{GATEWAY_OUT}:{PORT}", "called by a bound name")
    scene.call("by port", "outside1", "inside2", f"{GATEWAY_OUT}:{PORT}", "called by its port", fast=False)
    scene.call("a name nobody knows, by port", "outside1", "inside2", f"zoe@{GATEWAY_OUT}:{PORT}", "called by its port")
    scene.call("nobody by name", "outside1", "inside1", GATEWAY_OUT, "the default host")
    scene.announced()
    # Each reaches the gateway, and neither the other.
    for host, other in (("inside1", IN2), ("inside2", IN1)):
        lab.run(host, ["ip", "route", "add", "blackhole", other])
    for fast in (True, False):
        scene.call(f"two inside by the address outside, {'fast' if fast else 'slow'}", "inside1", "inside2",
                   f"bernd@{GATEWAY_OUT}", "called by a bound name", fast=fast)
        scene.call(f"two inside by the port outside, {'fast' if fast else 'slow'}", "inside1", "inside2",
                   f"{GATEWAY_OUT}:{PORT}", "called by its port", fast=fast)
    scene.call("back again, by the address inside", "inside2", "inside1", f"anna@{GATEWAY_IN}", "called by a bound name")
    frames = capture.stop()
    tap.result("no inside address is seen outside", common.leaks(frames, capture.mac, [IN1, IN2, GATEWAY_IN]))
    scene.reload()
    tap.result("all is gone 1 s after", common.gone_problems(scene.daemon, 1))
    tap.result("posternd ends cleanly", common.stop_problems(scene.daemon))
    return tap.end()


if __name__ == "__main__":
    sys.exit(common.run(main, __file__))
