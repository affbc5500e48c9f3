#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Media that the kernel relays while worker and daemon are killed: the gap, in packets at fifty a second."""

import contextlib
import os
import signal
import socket
import struct
import sys
import threading
import time

import common
from common import End, GATEWAY_OUT, HOSTS, config_text

INSIDE, OUTSIDE = HOSTS["inside1"], HOSTS["outside1"]
EVERY = 0.02  # seconds between packets
GAP_MAX = 4   # packets lost in a row: less than 100 ms
LEASE = 5


class Stream:
    """RTP from the inside host, from the port that the call's end has, which does not matter to a raw socket."""

    def __init__(self, lab, source, to):
        self.source, self.to, self.sent, self.going = source, to, 0, True
        with lab.within("inside1"):
            self.sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        with lab.within("outside1"):
            self.ear = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
            self.ear.bind(("eth0", 0x0800))
        self.ear.settimeout(0.2)
        self.heard = set()
        self.threads = [threading.Thread(target=work, daemon=True) for work in (self._send, self._hear)]
        for thread in self.threads:
            thread.start()

    def _send(self):
        due = time.monotonic()
        while self.going:
            rtp = struct.pack("!BBHII", 0x80, 0, self.sent & 0xFFFF, self.sent * 160, 0x0DD5EED) + b"\x55" * 160
            udp = struct.pack("!HHHH", self.source, self.to[1], 8 + len(rtp), 0) + rtp
            ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, socket.inet_aton(INSIDE),
                             socket.inet_aton(self.to[0]))
            with contextlib.suppress(OSError):
                self.sock.sendto(ip + udp, (self.to[0], 0))
            self.sent += 1
            due += EVERY
            time.sleep(max(0.0, due - time.monotonic()))

    def _hear(self):
        while self.going:
            with contextlib.suppress(TimeoutError):
                packet = self.ear.recv(2048)
                if packet[9] == 17 and packet[36:40] == b"\x00\xdd\x5e\xed":
                    self.heard.add(struct.unpack("!H", packet[30:32])[0])

    def gap(self, first):
        """The longest run of packets from number FIRST on that were not heard; the last few may be under way."""
        longest = run = 0
        for number in range(first, self.sent - 10):
            run = 0 if number & 0xFFFF in self.heard else run + 1
            longest = max(longest, run)
        return longest

    def passes(self):
        """Whether packets sent from now on arrive."""
        first = self.sent
        return common.eventually(lambda: any(n & 0xFFFF in self.heard for n in range(first, self.sent)), 5, 0.02)

    def ended(self, seconds):
        """Whether none of ten packets in a row arrives any more, SECONDS from now at the latest."""
        return common.eventually(lambda: self.sent > 10 and not any(
            n & 0xFFFF in self.heard for n in range(self.sent - 20, self.sent - 10)), seconds, 0.05)

    def stop(self):
        self.going = False
        for thread in self.threads:
            thread.join()


class Outlive:
    def __init__(self, lab, tap, build):
        self.lab, self.tap, self.build = lab, tap, build
        self.config = config_text(bindings=[("anna", INSIDE)]) + "timers:\n  media_orphan: 8s\n"
        self.daemon = common.Posternd(lab, build, text=self.config)

    def call(self, name):
        """A call that stands, its ends stopped in time: they would hang up at the loss of their signalling."""
        call = common.Call(self.lab, self.build, name, End("inside1", INSIDE, 440, seconds=60),
                           End("outside1", OUTSIDE, 1000, seconds=60), OUTSIDE).answer().place()
        standing = common.standing(self.daemon)
        for process in (call.calling, call.answering):
            process.signal(signal.SIGSTOP)
        seen = self.daemon.ask("calls", str(standing["id"]))
        out = next(p for p in seen["pinholes"] if p["from"].startswith(INSIDE + ":") and "lost" in p and
                   p["to"].startswith(OUTSIDE + ":"))
        stream = Stream(self.lab, int(out["from"].rsplit(":", 1)[1]), (common.GATEWAY_IN, out["local_in"]))
        return call, stream

    def over(self, call, stream):
        stream.stop()
        for process in (call.calling, call.answering):
            process.kill()

    def gap(self, stream, name, what):
        """WHAT happens, and the stream goes on as if it had not."""
        problems = [] if stream.passes() else ["nothing passes to begin with"]
        first = stream.sent
        what()
        if not stream.passes():
            problems += ["nothing passes afterwards"]
        gap = stream.gap(first)
        print(f"# {name}: at most {gap} packets lost in a row, {gap * EVERY * 1000:.0f} ms")
        self.tap.result(f"{name}: no gap of 100 ms", problems + ([f"{gap} packets"] if gap > GAP_MAX else []))

    def orphans(self):
        status = self.daemon.status()
        return status["media"].get("orphans") if status else None

    def kill_worker(self):
        workers = self.daemon.pids()[1:]
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        if not common.eventually(lambda: self.daemon.pids()[1:] not in ([], workers) and self.orphans(), 15, 0.05):
            raise common.LabError(f"no worker took the flows over:\n{self.daemon.process.said()}")

    def worker_killed(self):
        call, stream = self.call("worker-killed")
        self.gap(stream, "the worker is killed", self.kill_worker)
        ended = stream.ended(20)
        self.tap.result("what nobody holds ends in time", [] if ended else [f"{self.orphans()} orphans after 20 s"])
        left = common.eventually(lambda: self.orphans() == 0, 10, 0.1)
        self.tap.result("and its ports are free", [] if left else [f"{self.orphans()} orphans"])
        self.over(call, stream)

    def kill_daemon(self):
        os.kill(self.daemon.process.pid, signal.SIGKILL)
        self.daemon.process.wait()

    def start_again(self):
        self.kill_daemon()
        self.daemon = common.Posternd(self.lab, self.build, text=self.config)
        if not common.eventually(self.orphans, 5, 0.05):
            raise common.LabError(f"no worker took the flows over:\n{self.daemon.process.said()}")

    def daemon_killed(self):
        call, stream = self.call("daemon-killed")
        self.gap(stream, "the daemon is killed and started again", self.start_again)
        self.over(call, stream)
        left = common.eventually(lambda: self.orphans() == 0, 20, 0.1)
        self.tap.result("silent flows of before end", [] if left else [f"{self.orphans()} orphans"])

    def daemon_gone(self):
        call, stream = self.call("daemon-gone")
        self.gap(stream, "the daemon is killed", self.kill_daemon)
        began = time.monotonic()
        ended = stream.ended(LEASE + 3)
        took = time.monotonic() - began
        print(f"# media went on for {took:.1f} s without a daemon")
        self.tap.result("without a daemon media end with their lease", [] if ended else ["they go on"])
        self.over(call, stream)

    def end(self):
        """A daemon that is told to end leaves nothing behind, also of one before that was killed."""
        self.daemon = common.Posternd(self.lab, self.build, text=self.config)
        problems = common.stop_problems(self.daemon)
        left = [name for _, _, names in os.walk("/sys/fs/bpf/postern") for name in names]
        self.tap.result("SIGTERM leaves nothing pinned", problems + left)


def main(lab):
    tap = common.Tap()
    status, _, error = lab.run("gateway", ["mount", "-t", "bpf", "bpf", "/sys/fs/bpf"])
    if status:
        print(f"1..0 # SKIP no bpf file system: {error.strip()}")
        return 77
    outlive = Outlive(lab, tap, common.build_folder())
    if outlive.daemon.status()["media"]["relay"] != "kernel":
        print("1..0 # SKIP the kernel does not relay here")
        return 77
    outlive.worker_killed()
    outlive.daemon_killed()
    outlive.daemon_gone()
    outlive.end()
    return tap.end()


if __name__ == "__main__":
    sys.exit(common.run(main, __file__))
