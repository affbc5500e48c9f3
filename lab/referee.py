# SPDX-License-Identifier: LGPL-2.1-or-later
"""Somebody else's eyes: what tshark reads in the lab's captures. One run over all of them, as each start costs."""

import collections
import os
import subprocess

from space import LabError

FIELDS = ["frame.number", "eth.src", "ip.src", "ip.dst", "tcp.stream", "h225.ipV4", "h225.ipV4_port",
          "h245.ip4_network", "h245.tsapIdentifier", "_ws.malformed", "_ws.col.Info"]
WANTED = "h225 || h245 || q931 || _ws.malformed"

Seen = collections.namedtuple("Seen", "number mac src dst h225 h245 malformed info")


class Referee:
    """The call signalling in CAPTURES (of the gateway's interfaces), as tshark understands it."""

    def __init__(self, captures):
        captures = list(captures)
        paths = [capture.path for capture in captures]
        # An intercepted connection has the same addresses before the gateway as behind it: only who sent a frame tells
        # what the gateway said.
        self.gateway = {capture.mac for capture in captures}
        merged = os.path.join(os.path.dirname(paths[0]), "merged.pcap")
        self._run(["mergecap", "-F", "pcap", "-w", merged, *paths])
        command = ["tshark", "-n", "-r", merged, "-Y", WANTED, "-T", "fields", "-E", "occurrence=a",
                   # RTP on ports that no message named would be guessed to be anything.
                   "-o", "tcp.desegment_tcp_streams:TRUE"]
        for field in FIELDS:
            command += ["-e", field]
        self.seen = [self._parse(line.split("\t")) for line in self._run(command).splitlines()]

    @staticmethod
    def _run(command):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
        if done.returncode:
            raise LabError(f"{command[0]}: {done.stderr.strip()}")
        return done.stdout

    @staticmethod
    def _parse(row):
        value = dict(zip(FIELDS, row))

        def pairs(address, port):
            return list(zip(value[address].split(","), map(int, filter(None, value[port].split(",")))))

        return Seen(value["frame.number"], value["eth.src"], value["ip.src"], value["ip.dst"],
                    pairs("h225.ipV4", "h225.ipV4_port"), pairs("h245.ip4_network", "h245.tsapIdentifier"),
                    value["_ws.malformed"], value["_ws.col.Info"])

    def malformed(self):
        """Lines on what tshark cannot read; also where it read no call at all, as then it proves nothing."""
        if not any(s.h225 or s.h245 for s in self.seen):
            return ["tshark found no H.225.0 or H.245 address in the captures"]
        return self.broken()

    def broken(self):
        """The same, of captures that may hold no IPv4 address."""
        if not self.seen:
            return ["tshark found no H.225.0 or H.245 in the captures"]
        return [f"frame {s.number} {s.src} > {s.dst}: {s.malformed} {s.info}" for s in self.seen if s.malformed]

    def told(self, endpoint):
        """({(address, port)} of H.225.0, the same of H.245) that the gateway told ENDPOINT."""
        h225, h245 = set(), set()
        for seen in self.seen:
            if seen.dst == endpoint and seen.mac in self.gateway:
                h225.update(seen.h225)
                h245.update(seen.h245)
        return h225, h245

    def address_problems(self, endpoints, media, signalling):
        """ENDPOINTS: {endpoint's address: the gateway's address in its realm}; MEDIA and SIGNALLING: port ranges.

        Each endpoint was told of media at the gateway only, on ports of the range, even for RTP and odd for RTCP; and
        of no call signalling address but the gateway's and its own.
        """
        problems = []
        for endpoint, gateway in endpoints.items():
            h225, h245 = self.told(endpoint)
            if not h245:
                problems.append(f"{endpoint} was told no media address")
            for address, port in h245:
                if address != gateway or not media[0] <= port <= media[1]:
                    problems.append(f"{endpoint} was told of media at {address}:{port}")
            for address, port in h225:
                own = address == endpoint
                listener = signalling[0] <= port <= signalling[1] or port == 1720 or media[0] <= port <= media[1]
                if not own and not (address == gateway and listener):
                    problems.append(f"{endpoint} was told of signalling at {address}:{port}")
        return problems
