#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a call costs the gateway: CPU per call set up and cleared, memory per call held, time to set up.

posternd runs in the lab as on a gateway; bench_calls plays both ends. Prints JSON: a list of figures, each with what it is
measured against.
"""

import os

from load import LabError, Load, cpu_seconds, finish, parse, prepare, resident_kb, work

import space
from space import HOSTS

# The best of the peers on a machine of two cores, fast start and tunnelled, without media.
PEER_CPU, PEER_MEMORY, PEER_SETUP = "GnuGk 5.15: 3.1-3.6", "GnuGk 5.15: 136-156", "GnuGk 5.15 at 300/s: 60 (p99 125)"
# Calls per second of the open load, until calls are lost; each for SETUP_S.
RATES, SETUP_S = (100, 250, 500, 1000, 1500, 2000, 2500, 3000, 3500), 3
LOST_MS = 100  # what waits longer than that at p99 is not keeping up


class Bench(Load):
    def memory(self, way, label, calls):
        daemon = self.daemon()
        before, after = resident_kb(daemon.pids()), []
        report = self.load(way, calls, 300, lambda: after.append(resident_kb(daemon.pids())))
        self.figure(f"memory per call held, {label} ({report['up']} held)", (after[0] - before) / max(report["up"], 1), "kB",
                    PEER_MEMORY)
        if report["failed"]:
            self.figure(f"calls failed, {label}, held", report["failed"], "calls", "0")
        daemon.process.stop()

    def cpu(self, way, label, calls, rate):
        daemon = self.daemon()
        before = cpu_seconds(daemon.pids())
        report = self.load(way, calls, rate)
        used = cpu_seconds(daemon.pids()) - before
        done = calls - report["failed"]
        self.figure(f"CPU per call, {label}, {rate}/s", used * 1000 / max(done, 1), "ms", PEER_CPU)
        self.figure(f"Setup to Connect p50, {label}, {rate}/s", report["setup_ms_p50"], "ms", PEER_SETUP)
        self.figure(f"Setup to Connect p99, {label}, {rate}/s", report["setup_ms_p99"], "ms", PEER_SETUP)
        self.figure(f"calls failed, {label}, {rate}/s", report["failed"], "calls", "GnuGk 5.15 at 500/s: 73 %")
        daemon.process.stop()

    def kernel(self, way, label, calls, rate):
        """The same calls with nothing but the kernel's NAT between: what part of the time is the wires and the ends'."""
        rules = "add table ip nat; add chain ip nat post { type nat hook postrouting priority 100; }; " \
                "add rule ip nat post oifname out0 masquerade"
        status, _, error = self.lab.run("gateway", ["nft", rules])
        if status:
            raise LabError(f"nft: {error}")
        report = self.load(way, calls, rate, gateway=HOSTS["outside1"])
        self.lab.run("gateway", ["nft", "delete table ip nat"])
        for part in ("p50", "p99"):
            self.figure(f"Setup to Connect {part}, {label}, {rate}/s, kernel NAT without helper", report[f"setup_ms_{part}"], "ms",
                        "nf_nat_h323 at 200/s: 0.18 (p99 0.32)")

    def rising(self, way, label):
        """An open load that rises until the gateway, on one processor, does not keep up; the ends have the others."""
        best, others = 0, ",".join(str(n) for n in range(1, os.cpu_count())) or "0"
        for rate in RATES:
            daemon = self.daemon(processor=0)
            before = cpu_seconds(daemon.pids())
            report = self.load(way, rate * SETUP_S, rate, processor=others)
            used = cpu_seconds(daemon.pids()) - before
            daemon.process.stop()
            series = {"series": f"open load, {label}", "x": rate}
            self.figure(f"open load, {label}, {rate}/s: CPU per call", used * 1000 / max(rate * SETUP_S - report["failed"], 1), "ms",
                        **series, of="cpu")
            for part in ("p50", "p99", "p999"):
                self.figure(f"open load, {label}, {rate}/s: due to Connect {part}", report[f"open_ms_{part}"], "ms", **series, of=part)
            self.figure(f"open load, {label}, {rate}/s: failed", report["failed"], "calls", **series, of="failed")
            self.figure(f"open load, {label}, {rate}/s: busy, gateway", used / report["seconds"], "of 1", **series, of="busy")
            self.figure(f"open load, {label}, {rate}/s: busy, both ends", report["load_cpu_s"] / report["seconds"], "of 1", **series,
                        of="ends")
            if report["failed"] or report["open_ms_p99"] > LOST_MS:
                break
            best = rate
        self.figure(f"calls per second on one processor, {label}", best, "calls/s", "GnuGk 5.15 on two: 300")


def main(lab):
    arguments = parse(__doc__)
    prepare(lab)
    bench = Bench(lab, arguments.build, "calls")
    for way, label in (("fast", "fast start, tunnelled"), ("slow", "slow start, separate H.245")):
        bench.memory(way, label, 1500 if way == "fast" else 800)
        bench.cpu(way, label, 3000, 300)
    bench.cpu("fast", "fast start, tunnelled", 3000, 500)
    bench.kernel("fast", "fast start, tunnelled", 1000, 300)
    bench.rising("fast", "fast start, tunnelled")
    return finish(__doc__, bench.figures)


if __name__ == "__main__":
    space.main_in_lab(main, work(__doc__))
