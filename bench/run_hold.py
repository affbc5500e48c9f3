#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ten thousand audio calls at once: what they take of memory and of the processors, with all their media flowing.

posternd runs on the gateway within a limit of memory of its own; bench_calls plays both ends' signalling, media_load
their media: a packet every 20 ms in each direction of each call. Prints JSON. As root only.
"""

import json
import os
import re
import socket
import sys

from load import FILES, HOSTS, LabError, Load, cpu_seconds, finish, parse, prepare, resident_kb, work

import scene
import space
from space import GATEWAY_IN, GATEWAY_OUT

WANTED, RATE, MEMORY = 10000, 500, 1 << 30
ENDS = [(HOSTS["inside1"], HOSTS["outside1"]), ("10.83.47.30", "203.0.113.30")]  # a process each: descriptors are scarce
RTP = 5000  # of bench_calls' ends
SECONDS, INTERVAL_MS = 5, 20
CGROUP = "/sys/fs/cgroup"


class Limit:
    """A limit of memory, with what the kernel keeps for the processes in it; none where this machine allows none."""

    def __init__(self, octets):
        old = os.path.join(CGROUP, "memory")
        self.v1 = os.path.isdir(old)
        self.folder = os.path.join(old if self.v1 else CGROUP, f"postern-bench-{os.getpid()}")
        self.there = False
        try:
            os.mkdir(self.folder)
            self._write("memory.limit_in_bytes" if self.v1 else "memory.max", octets)
            self.there = True
        except OSError as error:
            print(f"hold: no limit of memory here: {error}", file=sys.stderr)

    def _write(self, name, value):
        with open(os.path.join(self.folder, name), "w", encoding="ascii") as file:
            file.write(str(value))

    def take(self, pids):
        for pid in pids if self.there else ():
            self._write("cgroup.procs", pid)

    def peak(self):
        name = "memory.max_usage_in_bytes" if self.v1 else "memory.peak"
        with open(os.path.join(self.folder, name), encoding="ascii") as file:
            return int(file.read())

    def remove(self):
        try:
            os.rmdir(self.folder)
        except OSError:
            pass


def media_ports():
    """The gateway's ports of RTP in use, by the host that sends there: {(host, realm of the gateway): [port...]}."""
    ports = {}
    with socket.socket(socket.AF_UNIX) as control:
        control.connect(scene.CONTROL)
        lines = control.makefile("rw", encoding="utf-8", newline="\n")

        def ask(question):
            lines.write(json.dumps(question) + "\n")
            lines.flush()
            return json.loads(lines.readline())

        for call in ask({"cmd": "calls"})["calls"]:
            if call["state"] == "ended":
                continue
            for hole in ask({"cmd": "call", "id": call["id"]})["call"]["pinholes"]:
                if hole["kind"] == "rtp" and hole["open"]:
                    host = re.sub(r":\d+$", "", hole["from"])
                    ports.setdefault(host, []).append(hole["local_in"])
    return ports


def way(lab, interface, source, gateway, sink, ports):
    path = os.path.join(lab.work, f"ports-{source}")
    with open(path, "w", encoding="ascii") as file:
        file.writelines(f"{port}\n" for port in ports)
    host, other = ("inside1", "outside1") if interface == "in0" else ("outside1", "inside1")
    return f"{interface},{host},eth0,{source}:{RTP},{gateway},{other},eth0,{sink},{path}"


class Bench(Load):
    def held(self, daemon, calls):
        ports = media_ports()
        before = cpu_seconds(daemon.pids())
        ways = []
        for inside, outside in ENDS:
            ways.append(way(self.lab, "in0", inside, GATEWAY_IN, outside, ports[inside]))
            ways.append(way(self.lab, "out0", outside, GATEWAY_OUT, inside, ports[outside]))
        status, out, error = self.lab.run("gateway", [self.program("media_load"), str(SECONDS), str(INTERVAL_MS), *ways], timeout=60)
        if status:
            raise LabError(f"media_load: {error}")
        media = json.loads(out)
        flows = sum(len(p) for p in ports.values())
        self.figure("audio calls held at once, all with media both ways", calls, "calls", f"aim {WANTED:,}; flows {flows:,}")
        self.figure("media, packets passed on per second", media["received"] / media["seconds"] / 1e6, "Mpackets/s")
        self.figure("media, lost", 100 * (1 - media["received"] / media["sent"]), "%")
        self.figure("media, busy: sender, gateway and receiver, of one processor", media["cpu_s"] / media["seconds"], "of 1")
        self.figure("media, busy: the daemon", (cpu_seconds(daemon.pids()) - before) / media["seconds"], "of 1")

    def possible(self, daemon):
        """How many calls the descriptors allow that a process may have here."""
        def count():
            return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in daemon.pids())

        before, after = count(), []
        self.load("fast", 100, 200, lambda: after.append(count()))
        each = (after[0] - before) / 100
        calls = min(WANTED, int((FILES - before - 64) / each))
        self.figure("descriptors of the daemon for each call", each, "")
        if calls < WANTED:
            print(f"hold: {calls} calls, as a process may have {FILES} descriptors here", file=sys.stderr)
        return calls

    def run(self):
        limit = Limit(MEMORY)
        daemon = self.daemon()
        try:
            calls = self.possible(daemon)
            limit.take(daemon.pids())
            empty, half = resident_kb(daemon.pids()), calls // 2
            children = [self.start("fast", half, RATE / 2, hold=True, ends=ends) for ends in ENDS]
            for child in children:
                if child.stdout.readline() != "held\n":
                    raise LabError(f"bench_calls: {child.communicate()[1]}")
            resident = resident_kb(daemon.pids())
            self.held(daemon, 2 * half)
            reports = [self.report(child, held=True) for child in children]
            self.figure("memory per call, resident in the daemon", (resident - empty) / (2 * half), "kB", "GnuGk 5.15: 136-156")
            if limit.there:
                self.figure("memory of the daemon, with the kernel's for it, at most", limit.peak() / (1 << 20), "MiB", "limit 1,024")
            self.figure("calls failed", sum(r["failed"] for r in reports), "calls", "0")
        finally:
            daemon.process.stop()
            limit.remove()


def main(lab):
    arguments = parse(__doc__)
    prepare(lab)
    for inside, outside in ENDS[1:]:
        lab.add_address("inside1", inside)
        lab.add_address("outside1", outside)
    bench = Bench(lab, arguments.build, "hold")
    bench.run()
    return finish(__doc__, bench.figures)


if __name__ == "__main__":
    if os.geteuid() != 0 or not os.path.exists(os.path.join(parse(__doc__).build, "bench", "media_load")):
        sys.exit(77)
    space.main_in_lab(main, work(__doc__), direct=True)
