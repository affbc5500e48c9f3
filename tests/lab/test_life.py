#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon's own life while calls stand: reload, a bad reload, the worker killed, the end."""

import os
import signal
import sys

import common
from common import End, GATEWAY_OUT, HOSTS, config_text

INSIDE, OUTSIDE = HOSTS["inside1"], HOSTS["outside1"]


class Life:
    def __init__(self, lab, tap, build):
        self.lab, self.tap, self.build = lab, tap, build
        self.daemon = common.Posternd(lab, build, bindings=[("anna", INSIDE)])

    def call(self, name, seconds=2.0, dial=OUTSIDE, way=(False, False)):
        inside = End("inside1", INSIDE, 440, *way, seconds=seconds)
        outside = End("outside1", OUTSIDE, 1000, *way, seconds=seconds)
        ends = (inside, outside) if dial == OUTSIDE else (outside, inside)
        return common.Call(self.lab, self.build, name, *ends, dial).answer().place()

    def reload(self):
        """A good configuration counts from the next call on; the call that stands goes on."""
        call = self.call("reload", seconds=2.5)
        common.standing(self.daemon)
        text = config_text(bindings=[("anna", INSIDE), ("berta", INSIDE)])
        self.daemon.reload(text)
        self.daemon.process.wait_line(r"gateway\.yaml is in use now")
        self.tap.result("a call goes on over a reload", call.end() or call.audio_problems())
        inward = self.call("berta", dial=f"berta@{GATEWAY_OUT}")
        self.tap.result("a binding that came with the reload", inward.end() or inward.audio_problems())

    def take(self, text):
        """Reloads TEXT and waits until it is in use."""
        def used():
            return sum("is in use now" in line for line in self.daemon.process.errors + self.daemon.process.lines)
        before = used()
        self.daemon.reload(text)
        if not common.eventually(lambda: used() > before, 15, 0.05):
            raise common.LabError(f"the configuration was not taken:\n{self.daemon.process.said()}")

    def other_ports(self):
        """Ports that came with a reload are the next call's; the call that stands keeps its own."""
        other, bindings = (46000, 46199), [("anna", INSIDE), ("berta", INSIDE)]
        call = self.call("other-ports", seconds=4)
        first = common.standing(self.daemon)["id"]
        self.take(config_text(bindings=bindings, media=other))
        fresh = self.call("fresh-ports", dial=f"berta@{GATEWAY_OUT}")
        common.eventually(lambda: any(c["id"] > first and c["packets"] >= 20 for c in self.daemon.calls()), 15, 0.05)
        seen = self.daemon.ask("calls", str(max(c["id"] for c in self.daemon.calls())))
        ports = [p[local] for p in seen["pinholes"] if "lost" in p for local in ("local_in", "local_out")]
        wrong = [f"media at port {port}" for port in ports if not other[0] <= port <= other[1]]
        problems = fresh.end() or fresh.audio_problems() or wrong
        self.tap.result("ports that came with a reload", problems if ports else [f"no ports: {seen}"])
        self.tap.result("a call on the ports of before goes on", call.end() or call.audio_problems())
        self.take(config_text(bindings=bindings))

    def no_ports_left(self):
        """One pair of ports: a second call is refused for that, and the first does not notice."""
        bindings = [("anna", INSIDE), ("berta", INSIDE)]
        self.take(config_text(bindings=bindings, media=(46200, 46201)))
        first = self.call("last-ports", seconds=4)
        common.standing(self.daemon)
        # With fast start: over H.245 the loss of that connection may be what the caller hears of first.
        second = self.call("no-ports", dial=f"berta@{GATEWAY_OUT}", way=(True, True))
        second.calling.wait(20)
        second.answering.kill()
        newest = max(self.daemon.calls(), key=lambda c: c["id"])
        problems = [] if "no ports are left" in str(newest.get("ended")) else [f"it ended: {newest.get('ended')}"]
        cleared = second.report(second.calling)["cleared"]
        if cleared["cause"] != 42:  # gatewayResources, as Q.850 has it
            problems.append(f"the caller was told {cleared}")
        self.tap.result("a call without ports is refused for that", problems)
        self.tap.result("the call that has the ports goes on", first.end() or first.audio_problems())
        self.take(config_text(bindings=bindings))

    def bad_reload(self):
        """A bad one is refused with its line, and changes nothing."""
        call = self.call("bad-reload", seconds=2.5)
        common.standing(self.daemon)
        before = len(self.daemon.process.errors)
        self.daemon.reload(config_text(bindings=[("carla", INSIDE)]) + "no_such_key: 1\n")
        line = len(config_text(bindings=[("carla", INSIDE)]).splitlines()) + 1
        problems = []
        try:
            self.daemon.process.wait_line(rf"{line}.*no_such_key")
        except common.LabError:
            problems += self.daemon.process.errors[before:] or ["the daemon said nothing"]
        self.tap.result("a bad reload is refused with line and reason", problems)
        self.tap.result("a call goes on over a bad reload", call.end() or call.audio_problems())
        inward = self.call("still-berta", dial=f"berta@{GATEWAY_OUT}")
        self.tap.result("the bindings of before hold after it", inward.end() or inward.audio_problems())

    def worker_killed(self):
        """Its calls' pinholes are gone with it, another takes its place, and the next call works."""
        call = self.call("killed", seconds=20)
        standing = common.standing(self.daemon)
        monitor, worker, registrar = self.daemon.pids()[0], self.daemon.child("worker"), self.daemon.child("registrar")
        os.kill(worker, signal.SIGKILL)
        back = self.daemon.replaced("worker", worker)
        self.tap.result("a killed worker is started again", [] if back else self.daemon.process.errors[-20:])
        self.tap.result("the pinholes of its calls are gone", common.gone_problems(self.daemon, 1))
        # Its connections are cut: each end finds out by itself, and is not what is tested here.
        for process in (call.calling, call.answering):
            process.kill()
        again = self.call("after")
        self.tap.result("the next call works", again.end() or again.audio_problems())
        assert standing and monitor == self.daemon.process.pid and registrar == self.daemon.child("registrar")

    def registrar_killed(self):
        """The call that stands does not notice."""
        call = self.call("unregistered", seconds=3)
        common.standing(self.daemon)
        worker, registrar = self.daemon.child("worker"), self.daemon.child("registrar")
        os.kill(registrar, signal.SIGKILL)
        back = self.daemon.replaced("registrar", registrar)
        self.tap.result("a killed registrar is started again", [] if back else self.daemon.process.errors[-20:])
        problems = [] if self.daemon.child("worker") == worker else ["there is another worker"]
        self.tap.result("a call goes on over it", problems + (call.end() or call.audio_problems()))

    def end(self):
        """SIGTERM says goodbye: ReleaseComplete on both legs."""
        capture = {i: common.Capture(self.lab, i, "end") for i in ("in0", "out0")}
        call = self.call("end", seconds=20, way=(True, True))
        common.standing(self.daemon)
        problems = common.stop_problems(self.daemon)
        for process in (call.calling, call.answering):
            try:
                process.wait(5)
            except common.LabError as error:
                problems.append(str(error))
        for item in capture.values():
            item.stop()
        referee = common.Referee(capture.values())
        for endpoint in (INSIDE, OUTSIDE):
            if not any(s.dst == endpoint and "releaseComplete" in s.info for s in referee.seen):
                problems.append(f"{endpoint} was sent no ReleaseComplete")
        self.tap.result("SIGTERM ends a call properly", problems)
        left = [p for p in self.lab.run("gateway", ["nft", "list", "tables"])[1].splitlines() if "postern" in p]
        self.tap.result("no firewall table is left behind", left)


def main(lab):
    tap = common.Tap()
    life = Life(lab, tap, common.build_folder())
    life.reload()
    life.other_ports()
    life.no_ports_left()
    life.bad_reload()
    life.worker_killed()
    life.registrar_killed()
    life.end()
    return tap.end()


if __name__ == "__main__":
    sys.exit(common.run(main, __file__))
