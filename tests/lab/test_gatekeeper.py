#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hosts of both sides register with the gateway's gatekeeper, are told where to call each other, and are called by name.

No inside address may be seen outside, in RAS as in the calls.
"""

import os
import signal
import sys

import common
from common import End, GATEWAY_IN, GATEWAY_OUT, HOSTS, eventually

CONFIG = "gatekeeper:\n  serve: 'on'\n  outside: 'on'\n"


class Scene:
    def __init__(self, lab, tap, build):
        self.lab, self.tap, self.build = lab, tap, build
        self.client = os.path.join(os.path.abspath(build), "tests", "lab", "ras_client")
        self.daemon = common.Posternd(lab, build, text=common.config_text(extra=CONFIG))
        self.ids = {}

    def ras(self, host, verb, *words):
        gatekeeper = GATEWAY_IN if host.startswith("inside") else GATEWAY_OUT
        _, out, error = self.lab.run(host, [self.client, verb, gatekeeper, HOSTS[host], *words], timeout=30)
        return out.strip() or error

    def register(self, host, name):
        said = self.ras(host, "register", name)
        if not said.startswith("registered "):
            return [f"{host} as {name}: {said}"]
        self.ids[host] = said.split()[1]
        return []

    def told(self, host, name, expected):
        said = self.ras(host, "ask", self.ids[host], name)
        return [] if said == expected else [f"{host} asks for {name} and is told {said}, not {expected}"]

    def call(self, caller, callee, name, server):
        ends = [End(host, HOSTS[host], tone, seconds=1) for host, tone in ((caller, 500), (callee, 1500))]
        call = common.Call(self.lab, self.build, f"{caller}-{callee}", *ends, f"{name}@{server}")
        call.answer()
        call.place()
        return call.end() + call.audio_problems()

    def restart(self):
        """Who is registered is there after posternd was stopped."""
        problems = common.stop_problems(self.daemon)
        self.daemon = common.Posternd(self.lab, self.build, text=common.config_text(extra=CONFIG))
        return problems + self.told("inside2", "anna", f"{HOSTS['inside1']}:1720") \
            + self.told("outside2", "anna", f"{GATEWAY_OUT}:1720")

    def worker_dies(self):
        """The gatekeeper answers meanwhile, and the next worker knows who is registered."""
        worker, registrar, problems = self.daemon.child("worker"), self.daemon.child("registrar"), []
        os.kill(worker, signal.SIGKILL)
        while not problems and self.daemon.child("worker") in (None, worker):
            problems += self.told("inside2", "anna", f"{HOSTS['inside1']}:1720")
        problems += self.told("inside2", "anna", f"{HOSTS['inside1']}:1720")
        if not self.daemon.replaced("worker", worker):
            problems.append("no new worker")
        if self.daemon.child("registrar") != registrar:
            problems.append("there is another registrar")
        return problems + self.call("outside1", "inside1", "anna", GATEWAY_OUT)

    def registrar_dies(self):
        """The worker knows meanwhile who is registered, and the next registrar does."""
        worker, registrar = self.daemon.child("worker"), self.daemon.child("registrar")
        os.kill(registrar, signal.SIGSTOP)
        problems = self.call("outside1", "inside1", "anna", GATEWAY_OUT)
        os.kill(registrar, signal.SIGKILL)
        if not self.daemon.replaced("registrar", registrar):
            problems.append("no new registrar")
        if self.daemon.child("worker") != worker:
            problems.append("there is another worker")
        problems += self.told("inside2", "anna", f"{HOSTS['inside1']}:1720")
        return problems + self.call("outside2", "inside2", "5551000", GATEWAY_OUT)


def main(lab):
    tap = common.Tap()
    scene = Scene(lab, tap, common.build_folder())
    capture = common.Capture(lab, "out0", "gatekeeper")
    names = {"inside1": "anna", "inside2": "5551000", "outside1": "olga@example.org", "outside2": "oleg"}
    tap.result("all register", [p for host, name in names.items() for p in scene.register(host, name)])
    tap.result("one name is not given twice", [] if scene.ras("inside2", "register", "ANNA") == "registrationReject" else ["it is"])
    direct = f"{HOSTS['inside1']}:1720"
    tap.result("each is told where to call", scene.told("inside2", "anna", direct)
               + scene.told("inside2", "olga@example.org", f"{GATEWAY_IN}:1720")
               + scene.told("outside2", "anna", f"{GATEWAY_OUT}:1720")
               + scene.told("outside2", "olga@example.org", f"{HOSTS['outside1']}:1720")
               + scene.told("inside1", HOSTS["outside2"], f"{GATEWAY_IN}:1720")
               + scene.told("outside2", HOSTS["inside1"], "admissionReject")
               + scene.told("outside2", "nobody", "admissionReject"))
    tap.result("outside calls inside by name", scene.call("outside1", "inside1", "anna", GATEWAY_OUT))
    tap.result("outside calls inside by number", scene.call("outside2", "inside2", "5551000", GATEWAY_OUT))
    tap.result("inside calls outside by name", scene.call("inside1", "outside2", "oleg", GATEWAY_IN))
    tap.result("registrations survive a restart", scene.restart())
    tap.result("registrations survive a worker", scene.worker_dies())
    tap.result("registrations survive their registrar", scene.registrar_dies())
    left = scene.ras("inside1", "leave", scene.ids["inside1"])
    tap.result("who leaves is not found any more", ([] if left == "left" else [left])
               + scene.told("inside2", "anna", "admissionReject") + scene.told("outside2", "anna", "admissionReject"))
    frames = capture.stop()
    inside = [HOSTS["inside1"], HOSTS["inside2"], GATEWAY_IN]
    tap.result("no inside address is seen outside", common.leaks(frames, capture.mac, inside))
    tap.result("posternd ends cleanly", common.stop_problems(scene.daemon))
    return tap.end()


if __name__ == "__main__":
    sys.exit(common.run(main, __file__))
