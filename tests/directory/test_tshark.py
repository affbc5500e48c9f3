#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tshark reads every answer of the transcripts: nothing malformed, and each the operation and result that we meant. Ends
with 77 where there is no tshark.

usage: test_tshark.py TRANSCRIPT...
"""

import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

CODES = {"success": 0, "protocolError": 2, "sizeLimitExceeded": 4, "authMethodNotSupported": 7,
         "unavailableCriticalExtension": 12, "noSuchObject": 32, "invalidDNSyntax": 34, "unwillingToPerform": 53}
OPERATIONS = {"bindResponse": 1, "searchResultEntry": 4, "searchResultDone": 5, "modifyResponse": 7, "addResponse": 9,
              "delResponse": 11, "modDNResponse": 13, "extendedResponse": 24}


def messages(path):
    """(name, result, octets) of each answer."""
    found = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            said = re.match(r"<- (\w+)(?: .*)?", line)
            if said:
                found.append([said.group(1), line.split()[-1], b""])
            elif line.startswith("->"):
                found.append(None)
            elif line.startswith("    ") and found and found[-1] is not None:
                found[-1][2] += bytes.fromhex(line.strip())
    return [m for m in found if m is not None]


def packet(octets, sequence):
    """An IPv4 packet from port 389 with one message in it."""
    tcp = struct.pack("!HHIIBBHHH", 389, 40000, sequence, 1, 5 << 4, 0x18, 65535, 0, 0) + octets
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0, bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2]))
    return ip + tcp


def capture(path, answers):
    sequence = 1
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        for at, answer in enumerate(answers):
            data = packet(answer[2], sequence)
            sequence += len(answer[2])
            file.write(struct.pack("<IIII", at, 0, len(data), len(data)) + data)


def main():
    if not shutil.which("tshark"):
        print("no tshark")
        return 77
    answers = [answer for path in sys.argv[1:] for answer in messages(path)]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "answers.pcap")
        capture(path, answers)
        fields = ["frame.number", "ldap.protocolOp", "ldap.resultCode", "_ws.malformed", "_ws.expert.severity"]
        command = ["tshark", "-n", "-r", path, "-d", "tcp.port==389,ldap", "-T", "fields"]
        for field in fields:
            command += ["-e", field]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    wrong = 0 if len(rows) == len(answers) and answers else 1
    for (name, result, _), row in zip(answers, rows):
        operation, code, malformed = row[1], row[2], row[3]
        good = operation == str(OPERATIONS[name]) and not malformed
        if name != "searchResultEntry":
            good = good and code == str(CODES[result])
        if not good:
            wrong += 1
            print(f"frame {row[0]}: {name} {result}: tshark reads {row[1:]}")
    print(f"{len(rows)} answers, {wrong} read otherwise than meant")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
