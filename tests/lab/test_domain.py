#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""name@domain: the DNS says which gatekeeper to ask, or which host to call."""

import os
import sys

import common
from common import GATEWAY_IN, HOSTS
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
        self.lab = lab
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
    tap.result("posternd ends cleanly", common.stop_problems(scene.daemon))
    return tap.end()


if __name__ == "__main__":
    sys.exit(common.run(main, __file__))
