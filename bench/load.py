# SPDX-License-Identifier: LGPL-2.1-or-later
"""posternd under a load of calls: what the benches of calls share."""

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
FILES = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pids):
    """User and system time of all of PIDS, and of children that they had."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        total += sum(map(int, fields[11:15]))
    return total / TICKS


def resident_kb(pids):
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            total += next(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))
    return total


def prepare(lab):
    """Descriptors and ports for many calls; processes started later have them too."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))
    for host in ("inside1", "outside1", "gateway"):
        with lab.within(host):
            # A connection keeps its port for a minute after its end, and there are only so many.
            lab.sysctl("net/ipv4/ip_local_port_range", "43000 64999")
            lab.sysctl("net/ipv4/tcp_tw_reuse", "1")


class Load:
    """A daemon to be loaded, and what was measured of it."""

    def __init__(self, lab, build, bench):
        self.lab, self.build, self.bench, self.figures = lab, build, bench, []
        self.config = scene.config_text(mode="intercept", extra=LIMITS, h245=(10000, 14999), media=(15000, 42999))

    def daemon(self, processor=None):
        """A new posternd, warmed up; all of it on one PROCESSOR where one is named."""
        daemon = scene.Posternd(self.lab, self.build, text=self.config)
        if processor is not None:
            for pid in daemon.pids():
                for thread in os.listdir(f"/proc/{pid}/task"):
                    os.sched_setaffinity(int(thread), {processor})
        self.load("fast", 50, 100)
        return daemon

    def program(self, name):
        return os.path.abspath(os.path.join(self.build, "bench", name))

    def start(self, way, calls, rate, hold=False, gateway=GATEWAY_IN, ends=(HOSTS["inside1"], HOSTS["outside1"]), processor=None):
        """bench_calls, running."""
        command = [self.program("bench_calls"), "/run/netns/inside1", "/run/netns/outside1", *ends, gateway, way, str(calls),
                   str(rate)] + (["hold"] if hold else [])
        if processor is not None:
            command = ["taskset", "-c", str(processor), *command]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    @staticmethod
    def report(child, held=False):
        out, error = child.communicate("\n" if held else None)
        if not out:
            raise LabError(f"bench_calls: {error}")
        return json.loads(out)

    def load(self, way, calls, rate, while_held=None, **how):
        """bench_calls to its end; its report. WHILE_HELD() is called while all calls stand."""
        child = self.start(way, calls, rate, bool(while_held), **how)
        if while_held:
            if child.stdout.readline() != "held\n":
                raise LabError(f"bench_calls: {child.communicate()[1]}")
            while_held()
        return self.report(child, bool(while_held))

    def figure(self, name, value, unit, beside="", **more):
        self.figures.append({"name": name, "value": round(value, 4), "unit": unit, "beside": beside, **more})


def parse(doc):
    """The arguments of a bench whose module says DOC."""
    parser = argparse.ArgumentParser(description=doc.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", required=True, help="the folder meson built in")
    parser.add_argument("--out", required=True, help="where the figures go, as JSON")
    return parser.parse_args()


def work(doc):
    """The folder for a bench's lab."""
    return os.path.join(os.path.abspath(parse(doc).build), "bench-lab")


def finish(doc, figures):
    with open(parse(doc).out, "w", encoding="utf-8") as file:
        json.dump(figures, file)
    return 0
