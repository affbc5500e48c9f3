#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hosts inside register with a gatekeeper outside, a posternd of its own on outside2, through the gateway: calls in both
directions, direct and routed by that gatekeeper.

No inside address may be seen outside, in RAS as in the calls.
"""

import os
import re
import sys

import common
from common import End, GATEWAY_IN, GATEWAY_OUT, HOSTS

GATEKEEPER = HOSTS["outside2"]
PORT = 2719
# Of an endpoint of ours, at the gatekeeper: the port is its own.
OWN_PORT = f"{GATEWAY_OUT}:29[0-9]{{3}}"
# No realm of its own: all the world is inside for it.
THERE = """\
mode: off
realms:
  - name: world
    role: inside
    address: {address}
  - name: nowhere
    role: outside
    address: 127.0.0.9
    networks: [127.0.0.0/8]
h323:
  h245_ports: 33000-33999
media:
  ports: 44000-45999
  relay: user
control:
  socket: /run/there/control.sock
state_dir: /run/there
gatekeeper:
  serve: 'on'
  identifier: there
  discovery: 'off'
  routed: '{routed}'
"""
HERE = f"ras_proxy:\n  gatekeepers:\n    - address: {GATEKEEPER}\n      port: {PORT}\n"


class Scene:
    def __init__(self, lab, build):
        self.lab, self.build = lab, build
        self.client = os.path.join(os.path.abspath(build), "tests", "lab", "ras_client")
        self.daemon = common.Posternd(lab, build, text=common.config_text(extra=HERE))
        self.there = None
        self.ids = {}

    def gatekeeper(self, routed):
        """A gatekeeper outside, anew."""
        if self.there:
            self.there.stop()
        os.makedirs("/run/there", exist_ok=True)
        path = os.path.join(self.lab.work, "there.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(THERE.format(address=GATEKEEPER, routed=routed))
        self.there = self.lab.start("outside2", [self.daemon.program, "--config", path], name="there")
        postern = self.daemon.postern

        def up():
            return self.lab.run("outside2", [postern, "status", "--socket", "/run/there/control.sock"])[0] == 0
        if not common.eventually(up, 20, 0.05):
            raise common.LabError(f"the gatekeeper outside did not come up:\n{self.there.said()}")

    def ras(self, host, verb, gatekeeper, *words):
        _, out, error = self.lab.run(host, [self.client, verb, gatekeeper, HOSTS[host], *words], timeout=30)
        return out.strip() or error

    def register(self, host, name, gatekeeper):
        said = self.ras(host, "register", gatekeeper, name)
        if not said.startswith("registered "):
            return [f"{host} as {name} at {gatekeeper}: {said}"]
        self.ids[host] = said.split()[1]
        return []

    def told(self, host, gatekeeper, name, expected):
        said = self.ras(host, "ask", gatekeeper, self.ids[host], name)
        return [] if re.fullmatch(expected, said) else [f"{host} asks for {name} and is told {said}, not {expected}"]

    def whereabouts(self, host, gatekeeper, name):
        return self.ras(host, "ask", gatekeeper, self.ids[host], name)

    def call(self, caller, callee, dest):
        ends = [End(host, HOSTS[host], tone, seconds=1) for host, tone in ((caller, 500), (callee, 1500))]
        call = common.Call(self.lab, self.build, f"{caller}-{callee}", *ends, dest)
        call.answer()
        call.place()
        return call.end() + call.audio_problems()


def main(lab):
    tap = common.Tap()
    scene = Scene(lab, common.build_folder())
    capture = common.Capture(lab, "out0", "ras-proxy")
    scene.gatekeeper("off")
    tap.result("registered by interception", scene.register("inside1", "anna", GATEKEEPER))
    tap.result("registered at the gateway's port", scene.register("inside2", "5551000", f"{GATEWAY_IN}:{PORT}"))
    tap.result("registered outside", scene.register("outside1", "olga", GATEKEEPER))
    tap.result("each is told where to call", scene.told("outside1", GATEKEEPER, "anna", OWN_PORT)
               + scene.told("inside1", GATEKEEPER, "olga", f"{GATEWAY_IN}:1720")
               + scene.told("inside2", f"{GATEWAY_IN}:{PORT}", "olga", f"{GATEWAY_IN}:1720")
               + scene.told("inside1", GATEKEEPER, "nobody", "admissionReject"))
    tap.result("outside calls inside by name", scene.call("outside1", "inside1", f"anna@{GATEWAY_OUT}"))
    tap.result("outside calls inside by the port that the gatekeeper knows", scene.call("outside1", "inside2", scene.whereabouts("outside1", GATEKEEPER, "5551000")))
    left = scene.ras("inside1", "leave", GATEKEEPER, scene.ids["inside1"])
    tap.result("who leaves is not found any more", ([] if left == "left" else [left])
               + scene.told("outside1", GATEKEEPER, "anna", "admissionReject"))
    frames = capture.stop()
    inside = [HOSTS["inside1"], HOSTS["inside2"], GATEWAY_IN]
    tap.result("no inside address is seen outside", common.leaks(frames, capture.mac, inside))
    tap.result("posternd ends cleanly", common.stop_problems(scene.daemon))
    return tap.end()


if __name__ == "__main__":
    sys.exit(common.run(main, __file__))
