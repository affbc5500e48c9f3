# SPDX-License-Identifier: LGPL-2.1-or-later
"""A name server for the lab: answers A and SRV from a table, drops the first question for each name, and counts."""

import socket
import struct
import threading


def _labels(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


class NameServer:
    """RECORDS: {(name, "A"): address, (name, "SRV"): (priority, weight, port, target)}."""

    TYPES = {"A": 1, "SRV": 33}

    def __init__(self, lab, host, address, records):
        self.records = {(name, self.TYPES[kind]): value for (name, kind), value in records.items()}
        self.asked = []
        with lab.within(host):
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.socket.bind((address, 53))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            question, peer = self.socket.recvfrom(512)
            name, at = [], 12
            while question[at]:
                name.append(question[at + 1:at + 1 + question[at]].decode())
                at += 1 + question[at]
            kind = struct.unpack(">H", question[at + 1:at + 3])[0]
            asked = (".".join(name), kind)
            self.asked.append(asked)
            if self.asked.count(asked) == 1:
                continue  # lost: it has to be repeated
            self.socket.sendto(self._answer(question, asked, at + 5), peer)

    def _answer(self, question, asked, end):
        value = self.records.get(asked)
        known = value is not None or any(name == asked[0] for name, _ in self.records)
        head = question[:2] + struct.pack(">HHHHH", 0x8180 if known else 0x8183, 1, int(value is not None), 0, 0)
        answer = head + question[12:end]
        if value is None:
            return answer
        data = socket.inet_aton(value) if asked[1] == 1 else struct.pack(">HHH", *value[:3]) + _labels(value[3])
        return answer + b"\xc0\x0c" + struct.pack(">HHIH", asked[1], 1, 60, len(data)) + data
