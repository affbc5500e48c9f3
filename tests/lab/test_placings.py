#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where two people can stand who call each other, each calling once: both outside; one inside; both inside one wall; behind
two different walls, each a posternd of its own; and found in somebody else's directory outside: one inside, both inside,
behind two walls. All that is dialled is an address, as NetMeeting does. Each call has audio both ways, and T.120 with a chat.

Nothing that leaves a wall holds an address of its inside.
"""

import json
import os
import sys

import common
from common import End, FAR, FAR_HOSTS, FAR_IN, GATEWAY_IN, HOSTS, LIMITS, NEAR, eventually
from scene import tool

WHERE = {**HOSTS, **FAR_HOSTS}
ILS = f"{HOSTS['outside2']}:389"
# What stands for them outside.
VIRTUAL = {"inside1": "203.0.113.110", "inside2": "203.0.113.111", "far1": "203.0.113.120"}
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
        self.far = self.gateway(FAR, ("far1",))

    def gateway(self, site, hosts):
        pool = "".join(f"    - {{host: {WHERE[h]}, address: {VIRTUAL[h]}}}\n" for h in hosts)
        first, last = VIRTUAL[hosts[0]], VIRTUAL[hosts[-1]]
        daemon = common.Posternd(self.lab, self.build, site=site, extra=f"{LIMITS}directory: {{serve: 'on'}}\nleases:\n  pools:\n"
                                 f"    - {{realm: outside, addresses: {first}-{last}}}\n  static:\n{pool}")
        if not eventually(lambda: sum(lease["answered"] for lease in daemon.ask("leases")) == len(hosts), 10, 0.1):
            raise common.LabError(f"{daemon.ask('leases')}\n{daemon.process.said()}")
        return daemon

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

    @staticmethod
    def chat_problems(call):
        """Each end hears what the other says in T.120."""
        problems = []
        for process, other in ((call.calling, call.callee), (call.answering, call.caller)):
            events = [json.loads(line) for line in process.lines if line.startswith("{")]
            if not any(e.get("event") == "chat" and (e["from"], e["text"]) == (other.alias, f"from {other.host}") for e in events):
                problems.append(f"{process.name} did not hear the chat of {other.host}:\n{process.said()}")
        return problems

    def call(self, what, caller, callee, dial, found=False):
        """CALLER dials; FOUND: the name DIAL, which CALLEE registers, is looked up in the directory."""
        self.calls += 1
        ends = [End(host, WHERE[host], tone, fast=False, tunnel=False, seconds=2, alias=host,
                    extra=["--with-data", "--say", f"from {host}"]) for host, tone in ((caller, 500), (callee, 1500))]
        if found:
            ends[0].extra += ["--directory", ILS]
            ends[1].extra += ["--directory", ILS, "--name", dial]
        call = common.Call(self.lab, self.build, f"placing-{self.calls}", *ends, dial).answer()
        if found and not eventually(lambda: dial in (self.who(caller) or ()), 5, 0.1):
            call.answering.stop()
            return [f"{caller} does not find {dial}:\n{call.answering.said()}"]
        problems = call.place().end() + call.audio_problems() + self.chat_problems(call)
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
    scene.placing("one inside", "inside1", "outside1", VIRTUAL["inside1"], HOSTS["outside1"])
    scene.placing("both inside one wall", "inside1", "inside2", HOSTS["inside1"], HOSTS["inside2"])
    # Each reaches the gateway, and neither the other.
    ways = [(host, ["blackhole", HOSTS[other]]) for host, other in (("inside1", "inside2"), ("inside2", "inside1"))]
    for host, way in ways:
        lab.run(host, ["ip", "route", "add", *way])
    scene.placing("both inside one wall, called outside", "inside1", "inside2", VIRTUAL["inside1"], VIRTUAL["inside2"])
    for host, way in ways:
        lab.run(host, ["ip", "route", "delete", *way])
    scene.placing("behind two walls", "inside1", "far1", VIRTUAL["inside1"], VIRTUAL["far1"])
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
