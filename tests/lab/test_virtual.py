#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fifty hosts inside behind one pool: each gets an address of its own outside when it first calls, keeps it over a restart of
the daemon, and is called there, all at once, audio both ways. Then fifty behind a pool of five, called by name.
"""

import json
import os
import signal
import sys

import common
from common import GATEWAY_IN, GATEWAY_OUT, HOSTS, LIMITS, eventually
from scene import Site, tool

COUNT = 50
OUT = HOSTS["outside1"]
INSIDE = [f"10.83.47.{100 + n}" for n in range(COUNT)]
POOL = "203.0.113.100-203.0.113.149"
SMALL_POOL, SMALL = "203.0.113.200-203.0.113.204", 5
# What the host N inside sends, and what who calls it from outside sends: far enough apart to be told apart.
TONES, CALLER_TONES = [400 + 30 * n for n in range(COUNT)], [415 + 30 * n for n in range(COUNT)]
ANSWER_TONE = 2500


def config(pool, site):
    bindings = [(f"host{n}", address) for n, address in enumerate(INSIDE)]
    return common.config_text(bindings, site=site,
                              extra=LIMITS + f"leases:\n  pools:\n    - {{realm: outside, addresses: {pool}}}\n")


def nearest(tones, heard):
    """Which of TONES was HEARD, None: none."""
    if heard["silence"] or heard["purity"] < 0.8:
        return None
    return next((n for n, tone in enumerate(tones) if abs(tone - heard["hz"]) <= 5), None)


def report(process):
    lines = [line for line in process.lines if line.startswith("{")]
    return json.loads(lines[-1]) if lines else None


class Scene:
    def __init__(self, lab, tap, build):
        self.lab, self.tap, self.build, self.postern = lab, tap, build, tool(build, "postern")
        lab.run("inside1", ["sh", "-ec", "".join(f"ip address add {a}/24 dev eth0;" for a in INSIDE)])
        self.daemon = None

    def start(self, pool, site=Site()):
        self.daemon = common.Posternd(self.lab, self.build, site=site, text=config(pool, site))

    def endpoint(self, verb, host, *words):
        return self.lab.start(host, [self.postern, verb, "--json", "--strict-source", "--slow", "--no-tunnel", *words],
                              name=f"{verb} {' '.join(words[:2])}")

    @staticmethod
    def finished(processes):
        problems = []
        for process in processes:
            if process.wait(40):
                problems.append(f"{process.name}:\n{process.said()}")
        return problems

    def all_call(self, what):
        """Each host inside calls the same one outside, at once; {host's number: the address it came from}."""
        answering = self.endpoint("answer", "outside1", "--local", OUT, "--tone", str(ANSWER_TONE), "--max-calls", str(2 * COUNT),
                                  "--once", str(COUNT))
        answering.wait_line("listening on ")
        calling = [self.endpoint("call", "inside1", "--local", address, "--tone", str(TONES[n]), "--duration", "2", OUT)
                   for n, address in enumerate(INSIDE)]
        problems = self.finished([*calling, answering])
        for process in calling:
            if (report(process) or {}).get("heard", {"silence": True})["silence"]:
                problems.append(f"{process.name} heard nothing")
        came = {}
        for line in answering.lines:
            if not line.startswith("{"):
                continue
            seen = json.loads(line)
            number, address = nearest(TONES, seen["heard"]), seen["peer"].rsplit(":", 1)[0]
            if number is None or number in came:
                problems.append(f"from {address} was heard {seen['heard']}")
            elif seen["received"]["from"].rsplit(":", 1)[0] != address:
                problems.append(f"{address} sent from {seen['received']['from']}")
            came[number] = address
        if set(came) != set(range(COUNT)):
            problems.append(f"not heard: {sorted(set(range(COUNT)) - set(came))}")
        self.tap.result(what, problems)
        return came

    def all_are_called(self, what, dial, said):
        """Each is called at once: DIAL[n], which is told addresses SAID[n] only."""
        answering = [self.endpoint("answer", "inside1", "--local", address, "--tone", str(TONES[n]), "--once", "1")
                     for n, address in enumerate(INSIDE)]
        for process in answering:
            process.wait_line("listening on ")
        calling = [self.endpoint("call", "outside1", "--local", OUT, "--tone", str(CALLER_TONES[n]), "--duration", "2", dial[n])
                   for n in range(COUNT)]
        problems = self.finished([*calling, *answering])
        for n in range(COUNT):
            caller, callee = report(calling[n]), report(answering[n])
            if not caller or not callee:
                problems.append(f"{n} reported nothing")
                continue
            if nearest(TONES, caller["heard"]) != n or nearest(CALLER_TONES, callee["heard"]) != n:
                problems.append(f"{n}: heard outside {caller['heard']}, inside {callee['heard']}")
            told = {item["address"].rsplit(":", 1)[0] for item in caller["signalled"] if item["by"] == "peer"}
            if told - {OUT} != {said[n]} or not (caller["received"]["from"] or "").startswith(f"{said[n]}:"):
                problems.append(f"{n}: told {told}, heard from {caller['received']['from']}, not {said[n]}")
        self.tap.result(what, problems)

    def kept(self, what, came):
        """Every host has the address that it came from, and the gateway answers for it."""
        def leases():
            return {lease["host"]: lease["address"] for lease in self.daemon.ask("leases") or () if lease["answered"]}

        want = {INSIDE[n]: address for n, address in came.items()}
        self.tap.result(what, [] if eventually(lambda: leases() == want, 10, 0.1) else
                        [f"{self.daemon.ask('leases')}\n{self.daemon.process.said()}"])

    def cut_off(self, came):
        """All but the monitor is killed while calls stand at virtual addresses: the calls are over, at once."""
        some = range(5)
        ends = [self.endpoint("answer", "inside1", "--local", INSIDE[n], "--once", "1") for n in some]
        for process in ends:
            process.wait_line("listening on ")
        ends += [self.endpoint("call", "outside1", "--local", OUT, "--duration", "60", came[n]) for n in some]
        if not eventually(lambda: sum(c["state"] == "active" for c in self.daemon.calls()) == len(some), 10, 0.1):
            raise common.LabError(f"not all calls came up: {self.daemon.calls()}")
        self.kill_worker()
        problems = []
        for process in ends:
            try:
                process.wait(10)
            except common.LabError as error:
                problems.append(str(error))
        self.tap.result("calls end with the worker that is killed", problems)

    def kill_worker(self):
        before = self.daemon.pids()[1:]
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        if not eventually(lambda: not set(before) & set(self.daemon.pids()) and self.daemon.status() is not None, 15, 0.1):
            raise common.LabError(f"no new worker:\n{self.daemon.process.said()}")

    def stop(self):
        self.tap.result("posternd ends cleanly", common.stop_problems(self.daemon))


def main(lab):
    tap = common.Tap()
    scene = Scene(lab, tap, common.build_folder())
    capture = common.Capture(lab, "out0", "virtual")
    scene.start(POOL)
    came = scene.all_call("fifty call out at once")
    tap.result("each from an address of its own", [] if len(set(came.values())) == COUNT and GATEWAY_OUT not in came.values()
               else [f"they came from {sorted(came.values())}"])
    scene.stop()
    scene.start(POOL)
    scene.kept("kept over a restart", came)
    scene.all_are_called("after a restart each is called there, at once", came, came)
    tap.result("all is gone 1 s after", common.gone_problems(scene.daemon, 1))
    scene.cut_off(came)
    scene.kept("kept when the worker is killed", came)
    scene.all_are_called("after that too", came, came)
    scene.stop()
    site = Site(control="/run/postern-small/control.sock", state="/run/postern-small-state")
    scene.start(SMALL_POOL, site)
    came = scene.all_call("fifty call out with a pool of five")
    own = {address for address in came.values() if address != GATEWAY_OUT}
    tap.result("five have an address of their own, the others share", [] if len(own) == SMALL and
               sum(a == GATEWAY_OUT for a in came.values()) == COUNT - SMALL else [f"they came from {sorted(came.values())}"])
    scene.all_are_called("all fifty are called by name at once", [f"host{n}@{GATEWAY_OUT}" for n in range(COUNT)],
                         [GATEWAY_OUT] * COUNT)
    scene.stop()
    # What is said in the calls is no address, and there is much of it.
    frames = [f for f in capture.stop() if f.protocol != 17 or f.payload[1:2] not in (b"\x00", b"\x80")]
    tap.result("no inside address is seen outside", common.leaks(frames, capture.mac, [*INSIDE, GATEWAY_IN]))
    return tap.end()


if __name__ == "__main__":
    sys.exit(common.run(main, __file__))
