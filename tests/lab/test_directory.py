#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""People find each other by name and call: through ILS and ULS, with the directory on the gateway, outside and inside.

No inside address may be seen outside, whatever is registered and asked: neither as octets nor as text, nor as the decimal
number that ILS makes of it. A directory of somebody else's is a second posternd that serves nothing but one.
"""

import ipaddress
import json
import os
import signal
import sys

import common
from common import End, GATEWAY_IN, GATEWAY_OUT, HOSTS, eventually
from scene import tool

IN1, IN2, OUT1, OUT2 = (HOSTS[h] for h in ("inside1", "inside2", "outside1", "outside2"))
PORTS = {"ILS": 389, "ILS on 1002": 1002, "ULS": 522}
DIRECTORY = "directory:\n  serve: 'on'\n"
# Somebody else's: no H.323 of its own on the usual port, nobody behind it.
THEIRS = """\
realms:
  - {{name: here, role: outside, address: {address}}}
  - {{name: nowhere, role: inside, address: 127.0.0.1, networks: [127.0.0.0/8]}}
h323:
  port: 2720
directory:
  serve: 'on'
control:
  socket: {work}/theirs-{host}.sock
state_dir: {work}/theirs-{host}
"""


def decimal(address):
    """An address as ILS writes it."""
    return str(int.from_bytes(ipaddress.ip_address(address).packed, "little"))


class Scene:
    def __init__(self, lab, tap, build):
        self.lab, self.tap, self.build = lab, tap, build
        self.postern, self.runs = tool(build, "postern"), 0
        self.daemon = common.Posternd(lab, build, text=common.config_text(extra=DIRECTORY))

    def someone_elses(self, host):
        """A directory on HOST."""
        path = os.path.join(self.lab.work, f"theirs-{host}.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(THEIRS.format(address=HOSTS[host], host=host, work=self.lab.work))
        server = self.lab.start(host, [tool(self.build, "posternd"), "--config", path], name=f"directory {host}")
        if not eventually(lambda: self.who(host, f"{HOSTS[host]}:389") is not None, 10, 0.1):
            raise common.LabError(f"the directory on {host} did not come up:\n{server.said()}")
        return server

    def who(self, host, server, pattern="*"):
        """{name: address} as HOST is told; None where there is no directory."""
        status, out, _ = self.lab.run(host, [self.postern, "who", "--json", "--timeout", "2", server, pattern])
        answer = json.loads(out) if out.startswith("{") else {"error": f"status {status}"}
        if "error" in answer:
            return None
        return {p["name"]: p.get("address") for p in answer["people"]}

    def call(self, what, callee, caller, expected, reg_server, ask_server):
        """CALLEE answers and registers with REG_SERVER, CALLER looks it up at ASK_SERVER and calls; EXPECTED: the address it is
        told."""
        self.runs += 1
        name, label = f"anna{self.runs}@example.org", what.replace(" ", "-").replace(",", "")
        ends = [End(host, HOSTS[host], tone, seconds=1) for host, tone in ((caller, 500), (callee, 1500))]
        ends[1].extra = ["--directory", reg_server, "--name", name]
        ends[0].extra = ["--directory", ask_server]
        call = common.Call(self.lab, self.build, f"{label}-{self.runs}", *ends, name)
        problems = []
        call.answer()
        if not eventually(lambda: name in (self.who(caller, ask_server) or {}), 5, 0.1):
            problems.append(f"{caller} does not find {name} at {ask_server}: {self.who(caller, ask_server)}\n"
                            f"{call.answering.said()}\n{self.daemon.process.said()}")
            call.answering.stop()
            return problems
        told = self.who(caller, ask_server, name)
        if told != {name: expected}:
            problems.append(f"{caller} is told {told}, not {expected}")
        call.place()
        problems += call.end() + call.audio_problems()
        if not eventually(lambda: name not in (self.who(caller, ask_server) or {}), 5, 0.1):
            problems.append(f"{name} is still there after it was taken away")
        return problems

    def placing(self, what, cases):
        """CASES under a capture of the outside."""
        capture = common.Capture(self.lab, "out0", what.replace(" ", "-").replace(",", ""))
        for name, arguments in cases:
            self.tap.result(f"{what}: {name}", self.call(f"{what} {name}", *arguments))
        frames = capture.stop()
        inside = [IN1, IN2, GATEWAY_IN]
        problems = common.leaks(frames, capture.mac, inside)
        texts = [decimal(a).encode() for a in inside]
        problems += [f"{f}: {t.decode()}" for f in frames if f.source_mac == capture.mac for t in texts if t in f.payload]
        self.tap.result(f"{what}: no inside address is seen outside", problems)


    def name_at_server(self, server):
        """NAME@SERVER where the server takes no calls, and with the port of a directory: the name is looked up there."""
        for dial in (f"carla@example.org@{server}", f"carla@{server}:522", f"carla@example.org@{server}:1002"):
            self.runs += 1
            callee = End("inside1", IN1, 1500, extra=["--directory", server, "--name", "carla@example.org"])
            call = common.Call(self.lab, self.build, f"at-{self.runs}", End("outside1", OUT1, 500, seconds=1), callee, dial)
            problems = []
            call.answer()
            if not eventually(lambda: self.who("outside1", server, "carla@example.org"), 5, 0.1):
                problems.append(f"carla is not registered:\n{call.answering.said()}")
            call.place()
            self.tap.result(f"postern call {dial}", problems + call.end() + call.audio_problems())

    def restart(self, text):
        """Who is registered and does not take it back is there after posternd was stopped, and after its worker or registrar died."""
        names = {"kept1@example.org": 389, "kept2@example.org": 522}
        want = dict.fromkeys(names, IN1)
        for name, port in names.items():
            register = self.lab.start("inside1", [self.postern, "register", f"{GATEWAY_IN}:{port}", name], name="register")
            register.wait_line("registered ")
            register.kill()
        problems = common.stop_problems(self.daemon)
        self.daemon = common.Posternd(self.lab, self.build, text=text)
        for port in PORTS.values():
            found = self.who("inside2", f"{GATEWAY_IN}:{port}")
            if found != want:
                problems.append(f"after a restart port {port} has {found}\n{self.daemon.process.said()}")
        self.tap.result("entries survive a restart", problems)
        worker, registrar = self.daemon.child("worker"), self.daemon.child("registrar")
        os.kill(worker, signal.SIGKILL)
        found = self.who("inside2", GATEWAY_IN)
        self.tap.result("entries survive a worker", [] if found == want else [f"{found}"])
        if not self.daemon.replaced("worker", worker) or self.daemon.child("registrar") != registrar:
            self.tap.result("a new worker, the same registrar", self.daemon.process.errors[-20:])
        os.kill(registrar, signal.SIGKILL)
        back = eventually(lambda: self.daemon.child("registrar") not in (None, registrar)
                          and self.who("inside2", GATEWAY_IN) == want, 15, 0.1)
        self.tap.result("entries survive their registrar", [] if back else self.daemon.process.errors[-20:])
        status, _, error = self.lab.run("inside1", [self.postern, "unregister", GATEWAY_IN, "kept1@example.org"])
        self.tap.result("their owner takes them away", [error] if status else [])


def at_gateway():
    """Directory on the gateway: each asks it at the address of their side."""
    cases = []
    for name, port in PORTS.items():
        inside, outside = f"{GATEWAY_IN}:{port}", f"{GATEWAY_OUT}:{port}"
        cases += [(f"{name}, outside calls inside", ("inside1", "outside1", GATEWAY_OUT, inside, outside)),
                  (f"{name}, inside calls outside", ("outside1", "inside1", OUT1, outside, inside)),
                  (f"{name}, both inside", ("inside1", "inside2", IN1, inside, inside))]
    cases += [("registered by ILS, found by ULS",
               ("inside1", "outside1", GATEWAY_OUT, f"{GATEWAY_IN}:389", f"{GATEWAY_OUT}:522")),
              ("registered by ULS, found by ILS",
               ("inside1", "outside1", GATEWAY_OUT, f"{GATEWAY_IN}:522", f"{GATEWAY_OUT}:389"))]
    return cases


def elsewhere(inside, outside):
    """Somebody else's directory: the addresses at which the inside and the outside reach it."""
    cases = []
    for name, port in (("ILS", 389), ("ULS", 522)):
        inner, outer = f"{inside}:{port}", f"{outside}:{port}"
        cases += [(f"{name}, outside calls inside", ("inside1", "outside1", GATEWAY_OUT, inner, outer)),
                  (f"{name}, both inside", ("inside1", "inside2", IN1, inner, inner)),
                  (f"{name}, inside calls outside", ("outside1", "inside1", OUT1, outer, inner))]
    return cases


def main(lab):
    tap = common.Tap()
    scene = Scene(lab, tap, common.build_folder())
    scene.placing("on the gateway", at_gateway())
    scene.restart(common.config_text(extra=DIRECTORY))
    theirs = scene.someone_elses("outside2")
    scene.placing("outside", elsewhere(OUT2, OUT2))
    scene.name_at_server(OUT2)
    theirs.stop()
    theirs = scene.someone_elses("inside2")
    # For the outside the gateway stands for it.
    scene.daemon.reload(common.config_text(extra=DIRECTORY + f"  forward: {IN2}\n"))
    if not eventually(lambda: any("is in use now" in line for line in scene.daemon.process.errors), 10, 0.05):
        raise common.LabError(f"the new configuration is not used:\n{scene.daemon.process.said()}")
    scene.placing("inside", elsewhere(IN2, GATEWAY_OUT))
    theirs.stop()
    tap.result("posternd ends cleanly", common.stop_problems(scene.daemon))
    return tap.end()


if __name__ == "__main__":
    sys.exit(common.run(main, __file__))
