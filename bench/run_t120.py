#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How fast T.120 passes the gateway, beside a plain TCP splice on the same machine in the same run.

posternd and socat stand in the lab's gateway; bench_t120 sends MCS data through the one and the other in turn. Prints JSON: a
list of figures, each with what it is measured against.
"""

import os
import statistics
import subprocess
import sys

from load import GATEWAY_IN, HOSTS, LabError, cpu_seconds, finish, parse, work

import scene
import space

ROUNDS, MIB, SPLICE_PORT = 9, 512, 1599
# User data of a PDU: a piece of sharing, what an MCS domain usually carries, and nearly the most without fragments.
SIZES = (1000, 4000, 16000)


def splice(lab):
    """A plain splice on the gateway, with as large a buffer as ours; a child of it carries each connection."""
    where = f"TCP:{HOSTS['outside1']}:1503"
    process = lab.start("gateway", ["socat", "-d", "-d", "-b", "262144",
                                    f"TCP-LISTEN:{SPLICE_PORT},bind={GATEWAY_IN},reuseaddr,fork,nodelay", where + ",nodelay"])
    process.wait_line("listening on")
    return process


class Bench:
    def __init__(self, build):
        self.program = os.path.abspath(os.path.join(build, "bench", "bench_t120"))
        self.figures = []

    def rate(self, address, port, size):
        """MB/s of one run through what answers at ADDRESS:PORT."""
        done = subprocess.run([self.program, "/run/netns/inside1", "/run/netns/outside1", HOSTS["outside1"], "1503", address,
                               str(port), str(size), str(MIB)], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            raise LabError(f"{address}:{port} {done.stderr.strip()}")
        return float(done.stdout) / 1e6

    def figure(self, name, value, unit, beside=""):
        self.figures.append({"bench": "t120", "name": name, "value": round(value, 4), "unit": unit, "beside": beside})

    def compare(self, daemon, socat, size):
        through, beside, ratios = [], [], []
        used, socats = cpu_seconds(daemon.pids()), cpu_seconds([socat.pid])
        for i in range(ROUNDS):
            # Who comes first changes, so that neither has the quieter half of the run.
            order = ((beside, GATEWAY_IN, SPLICE_PORT), (through, HOSTS["outside1"], 1503))
            for rates, address, port in order if i % 2 else reversed(order):
                rates.append(self.rate(address, port, size))
            ratios.append(through[-1] / beside[-1])
        used, socats = cpu_seconds(daemon.pids()) - used, cpu_seconds([socat.pid]) - socats
        gib = ROUNDS * MIB / 1024
        self.figure(f"T.120, {size} octets a PDU", statistics.median(through), "MB/s",
                    f"socat in this run: {statistics.median(beside):.0f}")
        self.figure(f"ratio to a plain splice, {size} octets a PDU", statistics.median(ratios), "", "wanted: 0.9")
        self.figure(f"CPU, {size} octets a PDU", used / gib, "s/GiB", f"socat in this run: {socats / gib:.2f}")


def main(lab):
    arguments = parse(__doc__)
    bench = Bench(arguments.build)
    daemon = scene.Posternd(lab, arguments.build, text=scene.config_text(extra=scene.LIMITS + "log:\n  level: warning\n"))
    process = splice(lab)
    for size in SIZES:
        bench.compare(daemon, process, size)
    process.kill()
    daemon.process.stop()
    return finish(__doc__, bench.figures)


if __name__ == "__main__":
    if space.need("socat"):
        sys.exit(77)
    space.main_in_lab(main, work(__doc__))
