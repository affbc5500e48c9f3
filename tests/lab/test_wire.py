#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The lab's own eyes: the search for addresses finds each form it can leave in, and nothing else. Prints TAP."""

import struct
import sys

import common
from wire import Frame, leaks

MAC = bytes.fromhex("020000000001")
ADDRESS = "10.83.47.10"


def frame(payload, mac=MAC, source=b"\xcb\x00\x71\x01", protocol=17, sport=5000):
    """An Ethernet frame with PAYLOAD in UDP or TCP."""
    ports = struct.pack("!HH", sport, 1720)
    head = ports + (struct.pack("!HH", 8 + len(payload), 0) if protocol == 17 else
                    struct.pack("!IIBBHHH", 0, 0, 5 << 4, 0x10, 0, 0x0A53, 0x2F0A))
    body = head + payload
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0, 64, protocol, 0, source, b"\xcb\x00\x71\x0a")
    return Frame(0, b"\x02" * 6 + mac + b"\x08\x00" + ip + body)


def found(*frames):
    return bool(leaks(frames, MAC.hex(":"), [ADDRESS]))


def main():
    tap = common.Tap()
    octets = bytes([10, 83, 47, 10])
    hits = {
        "four octets": [frame(b"x" + octets + b"y")],
        "four octets the other way round": [frame(b"x" + octets[::-1])],
        "text": [frame(b"at 10.83.47.10:1720")],
        "UTF-16 text, big-endian": [frame(b"\x00" + "h323:10.83.47.10".encode("utf-16-be"))],
        "UTF-16 text, little-endian": [frame("10.83.47.10 here".encode("utf-16-le"))],
        "an IP header": [frame(b"", source=octets)],
        "two TCP segments": [frame(octets[:2], protocol=6), frame(octets[2:], protocol=6)],
    }
    for name, frames in hits.items():
        tap.result(f"found in {name}", [] if found(*frames) else ["not found"])
    misses = {
        "another number in front": [frame(b"110.83.47.10")],
        "another number behind": [frame(b"10.83.47.101"), frame("10.83.47.100".encode("utf-16-be"))],
        "a frame that somebody else sent": [frame(octets, mac=b"\x02\0\0\0\0\x02")],
        "the numbers of a TCP header": [frame(b"", protocol=6)],
    }
    for name, frames in misses.items():
        tap.result(f"not taken for it: {name}", ["found"] if found(*frames) else [])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
