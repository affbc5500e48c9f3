#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""name@domain: the DNS says which gatekeeper to ask, or which host to call."""

import os
import sys

import common
from common import End, GATEWAY_IN, GATEWAY_OUT, HOSTS
from name_server import NameServer

CONFIG = f"gatekeeper:\n  serve: 'on'\n  nameservers: ['{HOSTS['outside1']}']\n"
ZONE = {
    ("_h323cs._tcp.host.example", "SRV"): (10, 0, 1799, "phone.host.example"),
    ("phone.host.example", "A"): HOSTS["outside2"],
    ("plain.example", "A"): HOSTS["outside2"],
    ("_h323cs._tcp.inside.example", "SRV"): (0, 0, 1720, "trap.inside.example"),
    ("trap.inside.example", "A"): HOSTS["inside2"],
}


class Scene:
    def __init__(self, lab, build):
        self.lab, self.build = lab, build
        self.client = os.path.join(os.path.abspath(build), "tests", "lab", "ras_client")
        self.names = NameServer(lab, "outside1", HOSTS["outside1"], ZONE)
        self.daemon = common.Posternd(lab, build, text=common.config_text(extra=CONFIG))
        self.id = self.ras("register", "anna").split()[-1]

    def ras(self, verb, *words):
        _, out, error = self.lab.run("inside1", [self.client, verb, GATEWAY_IN, HOSTS["inside1"], *words], timeout=40)
        return out.strip() or error

    def told(self, name, expected):
        said = self.ras("ask", self.id, name)
        return [] if said == expected else [f"asks for {name} and is told {said}, not {expected}"]


    def call(self, name, port):
        """A Setup to the gateway, and nobody asked a gatekeeper before."""
        ends = [End("inside2", HOSTS["inside2"], 500, True, True, seconds=1),
                End("outside2", HOSTS["outside2"], 1500, True, True, seconds=1, port=port)]
        call = common.Call(self.lab, self.build, name, *ends, f"{name}@{GATEWAY_IN}").answer().place()
        problems = call.end() + call.audio_problems()
        ladder = self.ladder()
        return problems + ([] if "looked up by its domain" in ladder else [ladder])

    def ladder(self):
        newest = max(self.daemon.calls(), key=lambda c: c["id"])
        return "; ".join(line["text"] for line in self.daemon.ask("calls", str(newest["id"]))["ladder"])

    def refused(self, host, dest):
        before = len(self.names.asked)
        status, out, error = self.lab.run(host, [self.daemon.postern, "call", dest], timeout=30)
        return ([] if status else [f"it came up: {out}{error}"]), len(self.names.asked) - before

    def route(self):
        before = len(self.names.asked)
        answer = self.daemon.ask("route", "bob@unheard.example")
        problems = [] if answer.get("look_up") == "bob@unheard.example" else [f"{answer}"]
        return problems + ([] if len(self.names.asked) == before else ["it was looked up"])


def main(lab):
    tap = common.Tap()
    scene = Scene(lab, common.build_folder())
    gateway = f"{GATEWAY_IN}:1720"
    tap.result("a host is found by its service", scene.told("bob@host.example", gateway))
    before = len(scene.names.asked)
    tap.result("and remembered", scene.told("rob@host.example", gateway)
               + ([] if len(scene.names.asked) == before else ["it was asked for again"]))
    tap.result("a host is found by its address", scene.told("bob@plain.example", gateway))
    tap.result("who is not there is not", scene.told("bob@nowhere.example", "admissionReject"))
    tap.result("no name leads inside", scene.told("bob@inside.example", "admissionReject"))
    tap.result("a call to a host by its service", scene.call("eva@host.example", 1799))
    tap.result("a call to a host by its address", scene.call("eva@plain.example", 1720))
    tap.result("a call that no name leads inside", scene.refused("inside2", f"eva@inside.example@{GATEWAY_IN}")[0])
    problems, asked = scene.refused("outside2", f"eva@other.example@{GATEWAY_OUT}")
    tap.result("who is outside has nothing looked up", problems + ([f"{asked} questions"] if asked else []))
    tap.result("the way is told before it is looked up", scene.route())
    tap.result("posternd ends cleanly", common.stop_problems(scene.daemon))
    return tap.end()


if __name__ == "__main__":
    sys.exit(common.run(main, __file__))
