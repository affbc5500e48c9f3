#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where two people can stand who call each other, each calling once: both outside; one inside; both inside one wall; behind
two different walls, each a posternd of its own; and found in somebody else's directory outside: one inside, both inside,
behind two walls.

Nothing that leaves a wall holds an address of its inside.
"""

import json
import os
import sys

import common
from common import End, FAR, FAR_HOSTS, FAR_IN, FAR_OUT, GATEWAY_IN, GATEWAY_OUT, HOSTS, LIMITS, NEAR, eventually
from scene import tool

WHERE = {**HOSTS, **FAR_HOSTS}
ILS = f"{HOSTS['outside2']}:389"
BOUND = {"inside1": "anna", "inside2": "bernd", "far1": "fred", "far2": "frida"}
# Somebody else's: no H.323 of its own on the usual port, nobody behind it.
THEIRS = """\
realms:
  - {{name: here, role: outside, address: {address}}}
  - {{name: nowhere, role: inside, address: 127.0.0.1, networks: [127.0.0.0/8]}}
h323: {{port: 2720}}
directory: {{serve: 'on'}}
control: {{socket: {work}/theirs.sock}}
state_dir: {work}/theirs
"""


class Scene:
    def __init__(self, lab, tap, build):
        self.lab, self.tap, self.build, self.calls = lab, tap, build, 0
        self.postern = tool(build, "postern")
        lab.add_wall()
        self.near = self.gateway(NEAR, ("inside1", "inside2"))
        self.far = self.gateway(FAR, ("far1", "far2"))

    def gateway(self, site, hosts):
        bindings = [(BOUND[h], WHERE[h]) for h in hosts]
        return common.Posternd(self.lab, self.build, site=site, bindings=bindings,
                               extra=LIMITS + "directory: {serve: 'on'}\n")

    def directory(self):
        path = os.path.join(self.lab.work, "theirs.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(THEIRS.format(address=HOSTS["outside2"], work=self.lab.work))
        server = self.lab.start("outside2", [tool(self.build, "posternd"), "--config", path], name="directory")
        if not eventually(lambda: self.who("outside2") is not None, 10, 0.1):
            raise common.LabError(f"the directory did not come up:\n{server.said()}")
        return server

    def who(self, host):
        """The names that HOST finds in the directory; None where there is none."""
        answer = self.lab.run(host, [self.postern, "who", "--json", "--timeout", "2", ILS])[1]
        answer = json.loads(answer) if answer.startswith("{") else {"error": answer}
        return None if "error" in answer else [person["name"] for person in answer["people"]]

    def call(self, what, caller, callee, dial, found=False):
        """CALLER dials; FOUND: the name DIAL, which CALLEE registers, is looked up in the directory."""
        self.calls += 1
        ends = [End(host, WHERE[host], tone, fast=False, tunnel=False, seconds=1) for host, tone in ((caller, 500), (callee, 1500))]
        if found:
            ends[0].extra = ["--directory", ILS]
            ends[1].extra = ["--directory", ILS, "--name", dial]
        call = common.Call(self.lab, self.build, f"placing-{self.calls}", *ends, dial).answer()
        if found and not eventually(lambda: dial in (self.who(caller) or ()), 5, 0.1):
            call.answering.stop()
            return [f"{caller} does not find {dial}:\n{call.answering.said()}"]
        problems = call.place().end() + call.audio_problems()
        return [f"{what}: {p}" for p in problems]

    def placing(self, what, one, other, to_one, to_other, found=False):
        """Each calls the other, as NetMeeting does: H.245 on a connection of its own, after the answer."""
        self.tap.result(what, self.call(f"{other} calls {one}", other, one, to_one, found)
                        + self.call(f"{one} calls {other}", one, other, to_other, found))


def main(lab):
    tap = common.Tap()
    scene = Scene(lab, tap, common.build_folder())
    captures = [common.Capture(lab, "out0", "placings"), common.Capture(lab, "out0", "far", host="wall")]
    scene.placing("both outside", "outside1", "outside2", HOSTS["outside1"], HOSTS["outside2"])
    scene.placing("one inside", "inside1", "outside1", f"anna@{GATEWAY_OUT}", HOSTS["outside1"])
    scene.placing("both inside one wall", "inside1", "inside2", HOSTS["inside1"], HOSTS["inside2"])
    scene.placing("both inside one wall, called outside", "inside1", "inside2", f"anna@{GATEWAY_OUT}", f"bernd@{GATEWAY_OUT}")
    scene.placing("behind two walls", "inside1", "far1", f"anna@{GATEWAY_OUT}", f"fred@{FAR_OUT}")
    theirs = scene.directory()
    scene.placing("ILS, one inside", "inside1", "outside1", "irma@example.org", "olga@example.org", found=True)
    scene.placing("ILS, both inside", "inside1", "inside2", "irma@example.org", "ida@example.org", found=True)
    scene.placing("ILS, behind two walls", "inside1", "far1", "irma@example.org", "fritz@example.org", found=True)
    theirs.stop()
    for capture, inside in ((captures[0], [HOSTS["inside1"], HOSTS["inside2"], GATEWAY_IN]),
                            (captures[1], [*FAR_HOSTS.values(), FAR_IN])):
        frames = capture.stop()
        tap.result("no inside address is seen outside", common.leaks(frames, capture.mac, inside))
    for daemon in (scene.near, scene.far):
        tap.result("all is gone 1 s after", [] if eventually(daemon.idle, 1) else [str(daemon.status())])
        tap.result("posternd ends cleanly", common.stop_problems(daemon))
    return tap.end()


if __name__ == "__main__":
    sys.exit(common.run(main, __file__))
