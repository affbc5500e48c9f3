#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes every frame of an interface to a pcap file until SIGTERM: capture.py INTERFACE FILE

A packet socket and nothing else, as the usual tools insist on changing to a user that a user namespace does not have.
Says `capturing` when not one frame will be missed any more, and at the end how many there were; fails if any was lost.
"""

import select
import signal
import socket
import struct
import sys

SOL_PACKET, PACKET_STATISTICS, SO_RCVBUFFORCE, SO_TIMESTAMPNS, ETH_P_ALL = 263, 6, 33, 35, 3


def main():
    interface, path = sys.argv[1:]
    wake, stopped = socket.socketpair()
    wake.setblocking(False)
    signal.set_wakeup_fd(wake.fileno())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    # Inside a user namespace the limit of the machine holds; it does for a lab.
    for option in (SO_RCVBUFFORCE, socket.SO_RCVBUF):
        try:
            wire.setsockopt(socket.SOL_SOCKET, option, 16 << 20)
            break
        except PermissionError:
            continue
    wire.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    wire.bind((interface, ETH_P_ALL))
    wire.setblocking(False)
    count, going = 0, True
    with open(path, "wb") as file:
        file.write(struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        file.flush()
        print("capturing", flush=True)
        while True:
            # What is in the socket when the signal comes still belongs to the capture.
            if going:
                ready, _, _ = select.select([wire, stopped], [], [])
                going = stopped not in ready
            try:
                while True:
                    data, ancillary, _, _ = wire.recvmsg(262144, 64)
                    seconds, nanos = struct.unpack("=qq", ancillary[0][2][:16]) if ancillary else (0, 0)
                    file.write(struct.pack("=IIII", seconds, nanos // 1000, len(data), len(data)) + data)
                    count += 1
            except BlockingIOError:
                file.flush()  # it may be read while it grows
            if not going:
                break
    lost = struct.unpack("=II", wire.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]
    print(f"{count} frames, {lost} lost", flush=True)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
