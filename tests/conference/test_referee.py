#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tshark reads what conference nodes send: nothing malformed, PDUs by their names. Prints TAP.

Names of conferences are digits here: tshark takes SimpleTextString for 16 bits a character, against the
FROM that the Recommendation gives it. Some domain PDUs it leaves to X.224.

usage: test_referee.py RECORD-PROGRAM
"""
import os
import shutil
import subprocess
import sys
import tempfile

EXPECTED = ["connect-initial", "connect-response", "attachUserRequest", "channelJoinConfirm", "sendDataRequest",
            "erectDomainRequest", "disconnectProviderUltimatum", "conferenceCreateRequest", "conferenceCreateResponse",
            "conferenceJoinRequest", "conferenceJoinResponse", "conferenceInviteRequest", "conferenceInviteResponse"]


def main():
    if not shutil.which("tshark"):
        print("1..0 # SKIP no tshark")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "conference.pcap")
        subprocess.run([sys.argv[1], path], check=True, stdout=subprocess.DEVNULL, timeout=60)
        text = subprocess.run(["tshark", "-r", path, "-V", "-d", "tcp.port==1503,tpkt", "-o", "ip.check_checksum:FALSE",
                               "-o", "tcp.check_checksum:FALSE"], capture_output=True, text=True, check=True,
                              timeout=120).stdout
    problems = [line.strip() for line in text.splitlines()
                if "Malformed" in line or "BER Error" in line or "PER Error" in line or "Dissector bug" in line]
    missing = [name for name in EXPECTED if name not in text]
    print("1..2")
    for number, (rule, wrong) in enumerate((("nothing malformed", problems), ("every PDU is there", missing)), 1):
        for line in wrong[:20]:
            print(f"# {line}")
        print(f"{'not ' if wrong else ''}ok {number} {rule}")
    return 1 if problems or missing else 0


if __name__ == "__main__":
    sys.exit(main())
