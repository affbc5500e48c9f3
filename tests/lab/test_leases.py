#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Inside hosts with addresses of their own outside: got at the first call or registration, answered for by ARP and neighbour
discovery or led to the gateway by routes, called on, too few for all, and kept while worker and daemon come and go.
"""

import json
import os
import signal
import socket
import sys

import common
from common import End, GATEWAY_IN, GATEWAY_OUT, HOSTS, eventually

POOL = [f"203.0.113.{n}" for n in range(100, 105)]
ROUTED = "198.51.100.0/28"
SIX = "2001:db8:47"
SERVICE = 22222  # of the gateway machine itself, on all its addresses

LEASES = f"""\
leases:
  pools:
    - realm: outside
      addresses: {POOL[0]}-{POOL[-1]}
"""
GATEKEEPER = "gatekeeper:\n  serve: 'on'\n"


class Scene:
    def __init__(self, lab, build):
        self.lab, self.build = lab, build
        self.client = os.path.join(os.path.abspath(build), "tests", "lab", "ras_client")
        self.daemon = None
        self.n = 0

    def begin(self, text):
        self.daemon = common.Posternd(self.lab, self.build, text=text)

    # ---- what is there ----

    def leases(self):
        return {lease["host"]: lease for lease in self.daemon.ask("leases") or [] if lease["state"] != "resting"}

    def lease_of(self, host):
        """The virtual address of HOST once the gateway answers for it, or None."""
        def there():
            lease = self.leases().get(host)
            return lease["address"] if lease and lease["answered"] else None

        return there() if eventually(lambda: there() is not None, 5, 0.05) else None

    def act(self, *words):
        """(exit status, what it said) of `postern leases WORDS`."""
        status, out, error = self.lab.run("gateway", [self.daemon.postern, "leases", *words, "--socket", self.daemon.site.control])
        return status, (out + error).strip()

    def up(self, interface="out0"):
        """The addresses of full length on INTERFACE of the gateway."""
        said = json.loads(self.lab.run("gateway", ["ip", "-j", "address", "show", interface])[1])
        return {a["local"] for a in said[0]["addr_info"] if a["prefixlen"] in (32, 128) and a["local"] not in ("127.0.0.1", "::1")}

    # ---- what is done ----

    def call(self, caller, callee, dial, **how):
        self.n += 1
        ends = [End(host, address, tone, seconds=1, **how) for (host, address), tone in ((caller, 500), (callee, 1500))]
        return common.Call(self.lab, self.build, f"call{self.n}", *ends, dial)

    def speak(self, caller, callee, dial, **how):
        call = self.call(caller, callee, dial, **how)
        call.answer()
        call.place()
        return call.end() + call.audio_problems(), call

    def ras(self, host, verb, *words):
        gatekeeper = GATEWAY_IN if host.startswith("inside") else GATEWAY_OUT
        _, out, error = self.lab.run(host, [self.client, verb, gatekeeper, HOSTS[host], *words], timeout=30)
        return out.strip() or error

    def connects(self, host, address, port):
        with self.lab.within(host):
            probe = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        with probe:
            probe.settimeout(1)
            return probe.connect_ex((address, port)) == 0


def at(host):
    return host, HOSTS[host]


def first_call(scene):
    """A host that calls out has an address from then on, and the called one sees nothing else of it."""
    capture = common.Capture(scene.lab, "out0", "first")
    problems, call = scene.speak(at("inside1"), at("outside1"), HOSTS["outside1"])
    address = scene.lease_of(HOSTS["inside1"])
    frames = capture.stop()
    if address != POOL[0]:
        problems.append(f"inside1 has {address}, not {POOL[0]}: {scene.leases()}")
    if scene.up() != {POOL[0]}:
        problems.append(f"up are {scene.up()}")
    if not any(f.data[12:14] == b"\x08\x06" and f.data[28:32] == f.data[38:42] == socket.inet_aton(POOL[0]) for f in frames):
        problems.append("no ARP announcement was seen")
    named = {i["address"].rsplit(":", 1)[0] for i in call.report(call.answering)["signalled"] if i["by"] == "peer"
             and i["what"] != "call signalling"}
    if named != {POOL[0]}:
        problems.append(f"outside1 was told {named}")
    return problems + common.leaks(frames, capture.mac, [HOSTS["inside1"], GATEWAY_IN])


def called_by_address(scene):
    """Everybody is called at their own address, at once, on the standard port."""
    problems = []
    status, said = scene.act("grant", HOSTS["inside2"])
    if status:
        problems.append(f"grant: {said}")
    calls = [scene.call(at(f"outside{n}"), at(f"inside{n}"), scene.lease_of(HOSTS[f"inside{n}"])) for n in (1, 2)]
    for call in calls:
        call.answer()
    for call in calls:
        call.place()
    for call in calls:
        problems += call.end() + call.audio_problems()
    return problems


def neighbours(scene):
    """The kernel answers for the address, and tells the same hardware address for all of them."""
    problems = []
    link = json.loads(scene.lab.run("gateway", ["ip", "-j", "link", "show", "out0"])[1])[0]["address"]
    for address in sorted(scene.up()):
        scene.lab.run("outside2", ["ip", "neigh", "flush", "all"])
        scene.connects("outside2", address, 1720)
        said = scene.lab.run("outside2", ["ip", "neigh", "show", address])[1]
        if link not in said:
            problems.append(f"{address}: {said.strip() or 'no neighbour'}, not {link}")
    return problems


def services(scene):
    """The machine's own services are not on the virtual addresses."""
    problems = []
    with scene.lab.within("gateway"):
        service = socket.create_server(("", SERVICE))
    with service:
        if not scene.connects("outside1", GATEWAY_OUT, SERVICE):
            problems.append("the gateway's own address has no service: nothing is shown")
        for host in ("outside1", "inside2"):
            if scene.connects(host, POOL[0], SERVICE):
                problems.append(f"{host} reaches the gateway's service at {POOL[0]}")
    return problems


def registered(scene):
    """A registration gets a lease and holds it; who asks from outside is told the address of its own."""
    problems = []
    said = scene.ras("inside2", "register", "ira")
    if not said.startswith("registered "):
        return [said]
    address = scene.lease_of(HOSTS["inside2"])
    if not eventually(lambda: scene.leases()[HOSTS["inside2"]]["uses"] == 1, 5, 0.05):
        problems.append(f"it is not held: {scene.leases()[HOSTS['inside2']]}")
    status, told = scene.act("release", HOSTS["inside2"])
    if status == 0 or "in use" not in told:
        problems.append(f"release of what is in use: {told}")
    outside = scene.ras("outside1", "register", "otto")
    told = scene.ras("outside1", "ask", outside.split()[1], "ira") if outside.startswith("registered ") else outside
    if told != f"{address}:1720":
        problems.append(f"outside1 asks for ira and is told {told}, not {address}")
    left = scene.ras("inside2", "leave", said.split()[1])
    if left != "left" or not eventually(lambda: scene.leases()[HOSTS["inside2"]]["uses"] == 0, 5, 0.05):
        problems.append(f"{left}; still held: {scene.leases()[HOSTS['inside2']]}")
    return problems


def too_few(scene):
    """Five addresses for fifty hosts: five have one, and all are called by name."""
    crowd = [f"10.83.47.{n}" for n in range(101, 151)]
    names = [(f"host{n}", crowd[n]) for n in range(50)]
    for address in crowd:
        scene.lab.add_address("inside1", address)
    scene.daemon.renew(common.config_text(names, extra=LEASES + GATEKEEPER))
    for address in list(scene.leases()):
        scene.act("release", address)
    scene.daemon.renew(common.config_text(names, extra=LEASES + "  quarantine: 0s\n" + GATEKEEPER))
    said = [scene.act("grant", address) for address in crowd]
    problems = [f"granted are {[s for s, _ in said]}"] if [s for s, _ in said] != 5 * [0] + 45 * [1] else []
    if any("no address is left" not in text for _, text in said[5:]):
        problems.append(f"the sixth was told: {said[5][1]}")
    if not any("no address is left" in line for line in scene.daemon.process.errors) and \
            sum("shares" in line or "share the gateway" in line for line in scene.daemon.process.errors) > 2:
        problems.append("too many warnings")
    calls = [scene.call(at("outside1"), ("inside1", crowd[n]), f"host{n}@{GATEWAY_OUT}") for n in (0, 4, 5, 30, 49)]
    for call in calls:
        call.answer()
    for call in calls:
        call.place()
    for call in calls:
        problems += call.end() + call.audio_problems()
    if scene.up() != set(POOL):
        problems.append(f"up are {scene.up()}")
    return problems


def worker_dies(scene):
    """Leases and addresses stay while the worker is replaced."""
    before, problems = scene.leases(), []
    worker = scene.daemon.child("worker")
    os.kill(worker, signal.SIGKILL)
    down = []

    def back():
        down.extend(set(POOL) - scene.up())
        pid = scene.daemon.child("worker")
        return pid not in (None, worker) and scene.daemon.status() is not None

    if not eventually(back, 15, 0.02):
        problems.append("no new worker")
    if down:
        problems.append(f"{set(down)} were down meanwhile")
    eventually(lambda: all(lease["answered"] for lease in scene.leases().values()), 5, 0.05)
    after = scene.leases()
    if {h: lease["address"] for h, lease in after.items()} != {h: lease["address"] for h, lease in before.items()}:
        problems.append(f"there were {before}, there are {after}")
    if scene.up() != set(POOL):
        problems.append(f"up are {scene.up()}")
    host = next(iter(before))
    return problems + scene.speak(at("outside2"), ("inside1", host), before[host]["address"])[0]


def daemon_restarts(scene, text):
    """Its addresses go with a daemon that is stopped, and come back with the leases."""
    before = {host: lease["address"] for host, lease in scene.leases().items()}
    problems = common.stop_problems(scene.daemon)
    if scene.up():
        problems.append(f"left up: {scene.up()}")
    scene.begin(text)
    if not eventually(lambda: scene.up() == set(before.values()), 5, 0.05):
        problems.append(f"up are {scene.up()}")
    after = {host: lease["address"] for host, lease in scene.leases().items()}
    return problems + ([f"there were {before}, there are {after}"] if before != after else [])


def daemon_crashes(scene, text):
    """What a daemon that was killed has left stays where the next one wants it, and else goes; what is not its own stays."""
    problems = []
    scene.lab.run("gateway", ["ip", "address", "add", "203.0.113.77/32", "dev", "out0"])
    pids = scene.daemon.pids()
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    scene.daemon.process.wait()
    left = scene.up()
    if not set(POOL) <= left:
        problems.append(f"nothing is shown: only {left} were left")
    scene.begin(text.replace(f"{POOL[0]}-{POOL[-1]}", f"{POOL[0]}-{POOL[2]}"))
    if not eventually(lambda: scene.up() == {*POOL[:3], "203.0.113.77"}, 5, 0.05):
        problems.append(f"up are {scene.up()}")
    if not any("no pool has it any more" in line for line in scene.daemon.process.errors):
        problems.append("nothing is said of the leases that ended")
    scene.lab.run("gateway", ["ip", "address", "del", "203.0.113.77/32", "dev", "out0"])
    return problems


def routed(scene):
    """Addresses that a router leads to the gateway: on no wire, answered for by nobody, and called all the same."""
    problems = []
    for host in ("outside1", "outside2"):
        scene.lab.run(host, ["ip", "route", "add", ROUTED, "via", GATEWAY_OUT])
    scene.daemon.renew(common.config_text(
        extra=f"leases:\n  answer: routed\n  pools: [{{realm: outside, addresses: {ROUTED}}}]\n"))
    status, said = scene.act("pin", HOSTS["inside1"], "198.51.100.9")
    if status:
        problems.append(said)
    if scene.lease_of(HOSTS["inside1"]) != "198.51.100.9" or scene.up() or scene.up("lo") != {"198.51.100.9"}:
        problems.append(f"{scene.leases()}; on out0 {scene.up()}, on lo {scene.up('lo')}")
    problems += scene.speak(at("outside1"), at("inside1"), "198.51.100.9")[0]
    return problems + scene.speak(at("inside1"), at("outside2"), HOSTS["outside2"])[0]


def six(scene):
    """A host that has IPv4 alone is called over IPv6, at an address derived from a prefix; neighbour discovery finds it."""
    problems = common.stop_problems(scene.daemon)
    for host, interface, last in (("gateway", "out0", 1), ("outside1", "eth0", 0x10), ("outside2", "eth0", 0x11)):
        scene.lab.run(host, ["ip", "address", "add", f"{SIX}::{last:x}/64", "dev", interface, "nodad"])
    text = common.config_text(extra=f"leases:\n  pools: [{{realm: outside, addresses: '{SIX}::/64'}}]\n")
    scene.begin(text.replace(f"address: {GATEWAY_OUT}", f"address: '{SIX}::1'"))
    scene.act("grant", HOSTS["inside1"])
    address = scene.lease_of(HOSTS["inside1"])
    if not address or not address.startswith(SIX) or scene.up() != {address}:
        return problems + [f"inside1 has {address}; up are {scene.up()}"]
    problems += scene.speak(("outside1", f"{SIX}::10"), at("inside1"), f"[{address}]")[0]
    said = scene.lab.run("outside1", ["ip", "-6", "neigh", "show", address])[1]
    if "lladdr" not in said:
        problems.append(f"outside1 has no neighbour {address}: {said}")
    return problems


def main(lab):
    tap, scene = common.Tap(), Scene(lab, common.build_folder())
    text = common.config_text(extra=LEASES + GATEKEEPER.replace("'on'", "'on'\n  outside: 'on'"))
    scene.begin(text)
    tap.result("a first call gets an address, which is announced", first_call(scene))
    tap.result("two hosts are called at their own addresses at once", called_by_address(scene))
    tap.result("neighbours find the addresses", neighbours(scene))
    tap.result("the gateway's own services are not there", services(scene))
    tap.result("a registration gets and holds a lease, and is found at it", registered(scene))
    tap.result("five addresses for fifty hosts", too_few(scene))
    tap.result("the worker dies", worker_dies(scene))
    text = common.config_text(extra=LEASES + GATEKEEPER)
    tap.result("the daemon stops and starts", daemon_restarts(scene, text))
    tap.result("the daemon is killed", daemon_crashes(scene, text))
    tap.result("addresses that are routed to the gateway", routed(scene))
    tap.result("IPv6 outside, IPv4 inside", six(scene))
    tap.result("posternd ends cleanly", common.stop_problems(scene.daemon)
               + ([f"left up: {scene.up()}"] if scene.up() else []))
    return tap.end()


if __name__ == "__main__":
    sys.exit(common.run(main, __file__))
