# SPDX-License-Identifier: LGPL-2.1-or-later
"""What was seen on a wire of the lab: captures by capture.py, read by hand, and searched for what must not be there."""

import json
import os
import re
import signal
import socket
import struct
import sys

from space import LabError, eventually


class Capture:
    """Every byte of an interface of the gateway, or of HOST, from the moment this returns until stop()."""

    def __init__(self, lab, interface, name, host="gateway"):
        self.path = os.path.join(lab.work, f"{name}-{interface}.pcap")
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "capture.py")
        self.process = lab.start(host, [sys.executable, program, interface, self.path],
                                 name=f"capture@{interface}")
        self.process.wait_line(r"^capturing")
        links = json.loads(lab.run(host, ["ip", "-j", "link", "show", interface])[1])
        self.mac = links[0]["address"]

    def wait_for(self, token):
        """Waits until TOKEN was seen; what the gateway made of frames that came before it has happened by then."""
        def seen():
            with open(self.path, "rb") as file:
                return token in file.read()
        if not eventually(seen, 10):
            raise LabError(f"{self.process.name} never saw {token!r}")

    def stop(self):
        """Ends it; returns its frames."""
        self.process.signal(signal.SIGTERM)
        if self.process.wait():
            raise LabError(f"{self.process.name} lost frames:\n{self.process.said()}")
        return frames(self.path)


class Frame:
    """One Ethernet frame; for IPv4 also its addresses, protocol and ports (0 where it has none)."""

    __slots__ = ("time", "data", "source_mac", "ip", "src", "dst", "protocol", "sport", "dport", "payload")

    def __init__(self, time, data):
        self.time, self.data = time, data
        self.source_mac = data[6:12].hex(":")
        self.ip = data[14:] if data[12:14] == b"\x08\x00" and len(data) >= 34 else b""
        self.src = self.dst = self.protocol = None
        self.sport = self.dport = 0
        self.payload = b""
        if not self.ip:
            return
        self.protocol = self.ip[9]
        self.src, self.dst = socket.inet_ntoa(self.ip[12:16]), socket.inet_ntoa(self.ip[16:20])
        body = self.ip[(self.ip[0] & 15) * 4:struct.unpack_from("!H", self.ip, 2)[0]]
        if self.protocol in (6, 17) and len(body) >= 8 and not struct.unpack_from("!H", self.ip, 6)[0] & 0x1FFF:
            self.sport, self.dport = struct.unpack_from("!HH", body)
            self.payload = body[8:] if self.protocol == 17 else body[(body[12] >> 4) * 4:] if len(body) > 12 else b""

    def __str__(self):
        kind = {6: "TCP", 17: "UDP", 1: "ICMP"}.get(self.protocol, str(self.protocol))
        return f"{kind} {self.src}:{self.sport} > {self.dst}:{self.dport}"


def frames(path):
    """The frames of a capture file (classic pcap, as capture.py writes it)."""
    with open(path, "rb") as file:
        data = file.read()
    order = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">"}.get(data[:4])
    if not order:
        raise LabError(f"{path} is no capture")
    at, found = 24, []
    while at + 16 <= len(data):
        seconds, micros, length, whole = struct.unpack_from(order + "IIII", data, at)
        if length != whole:
            raise LabError(f"{path}: a frame was cut")
        found.append(Frame(seconds + micros / 1e6, data[at + 16:at + 16 + length]))
        at += 16 + length
    return found


def patterns_of(addresses):
    """One expression for the addresses in any form they could leave in: four octets, dotted text, UTF-16 text."""
    forms = []
    for address in addresses:
        forms.append(re.escape(socket.inet_aton(address)))
        forms.append(re.escape(socket.inet_aton(address)[::-1]))
        # Not as the tail or the head of a longer number (110.83.47.10, 10.83.47.101).
        forms.append(rb"(?<![0-9])" + re.escape(address.encode()) + rb"(?![0-9])")
        for codec, digit_before, digit_after in (("utf-16-be", rb"(?<!\x00[0-9])", rb"(?!\x00[0-9])"),
                                                 ("utf-16-le", rb"(?<![0-9]\x00)", rb"(?![0-9](?:\x00|\Z))")):
            forms.append(digit_before + re.escape(address.encode(codec)) + digit_after)
    return re.compile(b"|".join(forms), re.DOTALL)


def _carried(frame):
    """The octets of FRAME that somebody chose: addresses and payload, without the numbers of TCP and UDP headers, among
    which any pattern turns up now and then."""
    if not frame.ip:
        return [frame.data[14:]]
    if frame.protocol in (6, 17):
        return [frame.ip[12:20], frame.payload]
    return [frame.ip[12:]]


def leaks(captured, mac, addresses):
    """Frames that left through the interface with MAC and hold one of ADDRESSES anywhere.

    TCP is searched as a stream too: an address that is split between two segments is one as well.
    """
    wanted = patterns_of(addresses)
    leaving = [f for f in captured if f.source_mac == mac]
    found = [f"{f}: {match.group().hex()}" for f in leaving for match in map(wanted.search, _carried(f)) if match]
    streams = {}
    for frame in leaving:
        if frame.protocol == 6 and frame.payload:
            streams.setdefault((frame.src, frame.sport, frame.dst, frame.dport), []).append(frame.payload)
    for ends, parts in streams.items():
        match = wanted.search(b"".join(parts))
        if match:
            found.append(f"TCP stream {ends}: {match.group().hex()}")
    return found


def rtp_flows(captured):
    """{(src, sport, dst, dport): packets} of what looks like RTP (version 2, payload type of audio)."""
    flows = {}
    for frame in captured:
        if frame.protocol == 17 and len(frame.payload) >= 12 and frame.payload[0] >> 6 == 2 \
                and not 192 <= frame.payload[1] <= 223:
            key = (frame.src, frame.sport, frame.dst, frame.dport)
            flows[key] = flows.get(key, 0) + 1
    return flows
