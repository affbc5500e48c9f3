# SPDX-License-Identifier: LGPL-2.1-or-later
"""Knocking at the wall: packets that must not cross it, each with a mark to be found by on the other side."""

import contextlib
import secrets
import socket
import struct

# Probes by TCP carry no payload of ours in their first packet: they are known by their source ports, which nothing
# else in the lab uses.
TCP_SOURCES = range(61000, 65000)
_sources = iter(TCP_SOURCES)  # each but once: what the gateway took may rest in TIME_WAIT


class Prober:
    def __init__(self, lab):
        self.lab, self.tokens = lab, {}

    def _token(self, what):
        token = b"probe-" + secrets.token_hex(8).encode()
        self.tokens[token] = what
        return token

    def udp(self, host, address, ports, source=0):
        """One datagram to each of PORTS; the last token, to wait for."""
        token = None
        with self.lab.within(host), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(("", source))
            for port in ports:
                token = self._token(f"UDP {host} > {address}:{port}")
                # Looks like RTP, so that whatever reads it takes it for media. An ICMP error from before is no matter.
                for _ in range(2):
                    with contextlib.suppress(ConnectionError):
                        sock.sendto(struct.pack("!BBHII", 0x80, 0, 1, 160, 0x5EED) + token, (address, port))
                        break
        return token

    def icmp(self, host, address):
        token = self._token(f"ICMP {host} > {address}")
        body = struct.pack("!HH", 0x1234, 1) + token
        total = sum(struct.unpack(f"!{len(body) // 2}H", body)) + 0x0800
        while total >> 16:
            total = (total & 0xFFFF) + (total >> 16)
        with self.lab.within(host), socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as sock:
            sock.sendto(struct.pack("!BBH", 8, 0, ~total & 0xFFFF) + body, (address, 0))
        return token

    def tcp(self, host, address, ports):
        """Begins a connection to each of PORTS and leaves it at that. The sockets, which the caller closes."""
        sockets = []
        with self.lab.within(host):
            for port in ports:
                sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
                sock.setblocking(False)
                sock.bind(("", next(_sources)))
                with contextlib.suppress(BlockingIOError, ConnectionError, OSError):
                    sock.connect((address, port))
                sockets.append(sock)
        return sockets

    def crossed(self, frames, gateway_mac):
        """Lines on every probe that the gateway sent on through the interface with GATEWAY_MAC."""
        found = []
        for frame in frames:
            if frame.source_mac != gateway_mac or not frame.ip:
                continue
            found += [what for token, what in self.tokens.items() if token in frame.data]
            if frame.protocol == 6 and frame.sport in TCP_SOURCES:
                found.append(str(frame))
        return sorted(set(found))

    def seen(self, frames):
        """How many different probes are in FRAMES: a check that finds none of them on their own side proves nothing."""
        return sum(any(token in frame.data for frame in frames) for token in self.tokens)
