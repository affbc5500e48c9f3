#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a call costs the gateway: CPU per call set up and cleared, memory per call held, time to set up.

posternd runs in the lab as on a gateway; bench_calls plays both ends. Prints JSON: a list of figures, each with what it is
measured against.
"""

import argparse
import json
import os
import resource
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))

# pylint: disable=wrong-import-position
import scene  # noqa: E402
import space  # noqa: E402
from space import GATEWAY_IN, HOSTS, LabError  # noqa: E402

LIMITS = """\
limits:
  calls: 100000
  calls_per_source: 100000
  setups_per_source: 100000
timers:
  media_idle: 10m
log:
  level: warning
"""
# The best of the peers on a machine of two cores, fast start and tunnelled, without media.
PEER_CPU, PEER_MEMORY, PEER_SETUP = "GnuGk 5.15: 3.1-3.6", "GnuGk 5.15: 136-156", "GnuGk 5.15 at 300/s: 60 (p99 125)"
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pids):
    """User and system time of all of PIDS."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def resident_kb(pids):
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            total += next(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))
    return total


class Bench:
    def __init__(self, lab, build):
        self.lab, self.build, self.figures = lab, build, []
        self.config = scene.config_text(mode="intercept", extra=LIMITS, h245=(10000, 14999), media=(20000, 39999))

    def daemon(self):
        """A new posternd, warmed up."""
        daemon = scene.Posternd(self.lab, self.build, text=self.config)
        self.load("fast", 50, 100)
        return daemon

    def load(self, way, calls, rate, while_held=None, gateway=GATEWAY_IN):
        """bench_calls to its end; its report. WHILE_HELD() is called while all calls stand."""
        program = os.path.abspath(os.path.join(self.build, "bench", "bench_calls"))
        command = [program, "/run/netns/inside1", "/run/netns/outside1", HOSTS["inside1"], HOSTS["outside1"], gateway,
                   way, str(calls), str(rate)] + (["hold"] if while_held else [])
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if while_held:
            if child.stdout.readline() != "held\n":
                raise LabError(f"bench_calls: {child.communicate()[1]}")
            while_held()
        out, error = child.communicate("\n" if while_held else None)
        if not out:
            raise LabError(f"bench_calls: {error}")
        return json.loads(out)

    def figure(self, name, value, unit, beside=""):
        self.figures.append({"bench": "calls", "name": name, "value": round(value, 4), "unit": unit, "beside": beside})

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


def main(lab):
    arguments = parse()
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    for host in ("inside1", "outside1", "gateway"):
        with lab.within(host):
            # A connection keeps its port for a minute after its end; above the H.245 listeners' there is room for all.
            lab.sysctl("net/ipv4/ip_local_port_range", "15000 64999")
    bench = Bench(lab, arguments.build)
    for way, label in (("fast", "fast start, tunnelled"), ("slow", "slow start, separate H.245")):
        bench.memory(way, label, 1500 if way == "fast" else 800)
        bench.cpu(way, label, 3000, 300)
    bench.cpu("fast", "fast start, tunnelled", 3000, 500)
    bench.kernel("fast", "fast start, tunnelled", 1000, 300)
    with open(arguments.out, "w", encoding="utf-8") as file:
        json.dump(bench.figures, file)
    return 0


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", required=True, help="the folder meson built in")
    parser.add_argument("--out", required=True, help="where the figures go, as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    space.main_in_lab(main, os.path.join(os.path.abspath(parse().build), "bench-lab"))
