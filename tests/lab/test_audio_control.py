#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""NetMeeting 1's audio call control (TCP 1731) through the wall, with ends that are scripts: its octets pass as they are, and UDP
passes between its two hosts, and only there, and only while it stands."""

import os
import signal
import socket
import sys
import time

import common
from common import GATEWAY_IN, GATEWAY_OUT, HOSTS, eventually
from scene import tool

PORT = 1731
INSIDE, OUTSIDE = HOSTS["inside1"], HOSTS["outside1"]
SAID = bytes(range(256)) * 40


def config(ways, **more):
    extra = "".join(f", {key}: {value}" for key, value in more.items())
    return common.config_text(default_host=INSIDE, extra=f"audio_control: {{calls: {ways}{extra}}}\n")


class Ends:
    """Sockets in the hosts of the lab."""

    def __init__(self, lab):
        self.lab, self.open = lab, []

    def listen(self, host):
        with self.lab.within(host):
            sock = socket.create_server((HOSTS[host], PORT))
        sock.settimeout(10)
        self.open.append(sock)
        return sock

    def connect(self, host, address):
        """A connection; an OSError where there is none."""
        with self.lab.within(host):
            sock = socket.create_connection((address, PORT), 10, (HOSTS[host], 0))
        self.open.append(sock)
        return sock

    def udp(self, host, port):
        with self.lab.within(host):
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((HOSTS[host], port))
        sock.settimeout(2)
        self.open.append(sock)
        return sock

    def close(self):
        for sock in self.open:
            sock.close()
        self.open.clear()


def read_all(sock, count):
    got = b""
    sock.settimeout(10)
    while len(got) < count:
        part = sock.recv(65536)
        if not part:
            break
        got += part
    return got


def comm(pid):
    """The name of a process; "" where it is gone."""
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
            return file.read().strip()
    except OSError:
        return ""


def ended(sock):
    """Whether the other side has closed it, soon."""
    sock.settimeout(5)
    try:
        return sock.recv(1) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False


def passes(name, source, to, sink, seen):
    """A datagram from SOURCE to TO comes out at SINK, and comes from SEEN there."""
    source.sendto(name.encode(), to)
    try:
        data, address = sink.recvfrom(2000)
    except TimeoutError:
        return [f"{name}: nothing came"]
    if (data, address) != (name.encode(), seen):
        return [f"{name}: {data!r} came from {address}, not {seen}"]
    return []


class Test:
    def __init__(self, lab, tap, build):
        self.lab, self.tap, self.build, self.ends = lab, tap, build, Ends(lab)

    def daemon(self, text):
        return common.Posternd(self.lab, self.build, text=text)

    def pair(self, host, dial, other):
        """A connection from HOST to what answers at DIAL, taken at OTHER."""
        server = self.ends.listen(other)
        a = self.ends.connect(host, dial)
        b, _ = server.accept()
        self.ends.open.append(b)
        server.close()
        return a, b

    def octets(self, a, b):
        """Both ways, as they are."""
        a.sendall(SAID)
        b.sendall(SAID[::-1])
        problems = []
        if read_all(b, len(SAID)) != SAID:
            problems.append("what the caller said did not arrive as it was")
        if read_all(a, len(SAID)) != SAID[::-1]:
            problems.append("what the callee said did not arrive as it was")
        return problems

    def wall(self, when, gone_too):
        """Datagrams that may not pass, between all kinds of hosts; GONE_TOO: between the call's own two as well."""
        sinks = {host: self.ends.udp(host, 5000) for host in HOSTS}
        tries = [("inside2", OUTSIDE), ("inside1", HOSTS["outside2"]), ("outside2", GATEWAY_OUT), ("outside2", INSIDE),
                 ("outside1", INSIDE)]
        if gone_too:
            tries += [("inside1", OUTSIDE), ("outside1", GATEWAY_OUT)]
        for host, address in tries:
            self.ends.udp(host, 6000).sendto(b"must not pass", (address, 5000))
        low = self.ends.udp("outside1", 1000)
        low.sendto(b"must not pass", (GATEWAY_OUT, 5000))
        # What is sent after them, on wires where nothing is lost, has come when they would have.
        for host, address in (("inside2", INSIDE), ("outside2", OUTSIDE)):
            self.ends.udp(host, 6001).sendto(b"last", (address, 5000))
        problems = []
        for host in ("inside1", "outside1"):
            data, address = sinks[host].recvfrom(2000)
            while data != b"last":
                problems.append(f"{when}: {host} got {data!r} from {address}")
                data, address = sinks[host].recvfrom(2000)
        for host in ("inside2", "outside2"):
            sinks[host].settimeout(0.1)
            try:
                problems.append(f"{when}: {host} got {sinks[host].recvfrom(2000)}")
            except TimeoutError:
                pass
        return problems

    def out(self, daemon, kernel):
        problems = self.wall("before", True)
        a, b = self.pair("inside1", OUTSIDE, "outside1")
        problems += self.octets(a, b)
        if b.getpeername()[0] != GATEWAY_OUT:
            problems.append(f"the callee sees {b.getpeername()}")
        self.tap.result("audio call control outwards: octets pass as they are", problems)
        if kernel:
            problems = []
            inner, outer = self.ends.udp("inside1", 20002), self.ends.udp("outside1", 30004)
            other_in, other_out = self.ends.udp("inside1", 1024), self.ends.udp("outside1", 65535)
            for i in range(3):
                problems += passes(f"out {i}", inner, (OUTSIDE, 30004), outer, (GATEWAY_OUT, 20002))
                problems += passes(f"back {i}", outer, (GATEWAY_OUT, 20002), inner, (OUTSIDE, 30004))
            problems += passes("unasked", other_out, (GATEWAY_OUT, 1024), other_in, (OUTSIDE, 65535))
            problems += self.wall("while it stands", False)
            call = next(c for c in daemon.calls() if c["kind"] == "audio" and c["state"] == "active")
            holes = {h["kind"]: h for h in daemon.ask("calls", str(call["id"]))["pinholes"]}
            if holes["udp"]["packets"] != 7 or holes["audio"]["bytes"] != 2 * len(SAID):
                problems.append(f"counted were {holes}")
            self.tap.result("UDP passes between the two hosts, ports kept, and nowhere else", problems)
        else:
            self.tap.skip("UDP passes between the two hosts, ports kept, and nowhere else", "the kernel does not relay")
        second = self.ends.connect("inside2", OUTSIDE)
        problems = [] if ended(second) else ["the second caller at the shared address was not refused"]
        if not eventually(lambda: "one at a time" in daemon.process.said(), 5):
            problems.append("the log does not say so")
        a.close()
        if not ended(b):
            problems.append("the callee's end stays")
        if not eventually(daemon.idle, 5):
            problems.append(f"something stays: {daemon.status()}")
        problems += self.wall("afterwards", True)
        self.tap.result("one caller at a time; all goes with the connection", problems)
        self.ends.close()

    def inward(self, daemon, kernel):
        a, b = self.pair("outside1", GATEWAY_OUT, "inside1")
        problems = self.octets(a, b)
        if kernel:
            inner, outer = self.ends.udp("inside1", 20002), self.ends.udp("outside1", 30004)
            problems += passes("in", outer, (GATEWAY_OUT, 20002), inner, (GATEWAY_IN, 30004))
            problems += passes("back", inner, (GATEWAY_IN, 30004), outer, (GATEWAY_OUT, 20002))
        a.close()
        if not eventually(daemon.idle, 5):
            problems.append(f"something stays: {daemon.status()}")
        self.tap.result("audio call control inwards, to the default host", problems)
        self.ends.close()

    def capture(self, daemon):
        a, b = self.pair("inside1", OUTSIDE, "outside1")
        a.sendall(b"\x01\x02ABCDEF")
        read_all(b, 8)
        texts = []

        def told():
            call = next((c for c in daemon.calls() if c["kind"] == "audio" and c["state"] == "active"), None)
            texts[:] = [e["text"] for e in daemon.ask("calls", str(call["id"]))["ladder"]] if call else []
            return "01 02 41 42" in texts

        self.tap.result("the first octets are told of where that is wanted", [] if eventually(told, 5) else [f"told: {texts}"])
        self.ends.close()

    def worker_dies(self, daemon, kernel):
        """With the worker go its connections, and what stood beside them."""
        a, b = self.pair("inside1", OUTSIDE, "outside1")
        inner, outer = self.ends.udp("inside1", 20002), self.ends.udp("outside1", 30004)
        problems = self.octets(a, b)  # then the gateway knows that both stand
        if kernel:
            problems += passes("before", inner, (OUTSIDE, 30004), outer, (GATEWAY_OUT, 20002))
        worker = next(pid for pid in daemon.pids() if comm(pid) == "posternd-worker")
        os.kill(worker, signal.SIGKILL)
        if not (ended(a) and ended(b)):
            problems.append("the connection stays")
        if not eventually(lambda: any(pid != worker and comm(pid) == "posternd-worker" for pid in daemon.pids()), 10) or \
                not eventually(lambda: daemon.status() is not None, 10):
            problems.append("no worker comes back")
        problems += self.wall("after the worker's death", True)
        self.tap.result("when the worker dies, nothing passes any more", problems)
        self.ends.close()

    def own_addresses(self, daemon, kernel):
        """Where each host has an address of its own outside, several have such calls with the same peer, and it may call them."""
        server = self.ends.listen("outside1")
        outer, problems, seen = self.ends.udp("outside1", 30004), [], {}
        for host in ("inside1", "inside2"):
            a = self.ends.connect(host, OUTSIDE)
            b, (seen[host], _) = server.accept()
            self.ends.open.append(b)
            problems += self.octets(a, b)
        server.close()
        if len({*seen.values(), GATEWAY_OUT}) != 3:
            problems.append(f"the peer sees {seen}")
        inner = {host: self.ends.udp(host, 20002) for host in seen}
        for host in seen if kernel and not problems else ():
            problems += passes(f"out of {host}", inner[host], (OUTSIDE, 30004), outer, (seen[host], 20002))
            problems += passes(f"back to {host}", outer, (seen[host], 20002), inner[host], (OUTSIDE, 30004))
        self.ends.close()
        if not eventually(daemon.idle, 5):
            problems.append(f"something stays: {daemon.status()}")
        # and the peer calls one of them where it knows it
        a, b = self.pair("outside1", seen["inside2"], "inside2")
        problems += self.octets(a, b)
        self.ends.close()
        self.tap.result("several hosts at once, each with its own address", problems)

    def refused_at_once(self, name, host, address):
        """A connection that is refused, not left waiting."""
        began = time.monotonic()
        try:
            self.ends.connect(host, address)
            problems = ["it was taken"]
        except ConnectionRefusedError:
            problems = []
        except OSError as error:
            problems = [f"{error} after {time.monotonic() - began:.1f} s"]
        self.tap.result(name, problems)


def main(lab):
    tap = common.Tap()
    test = Test(lab, tap, common.build_folder())
    daemon = test.daemon(config("both", capture=4))
    kernel = daemon.status()["media"]["relay"] == "kernel"
    test.out(daemon, kernel)
    test.inward(daemon, kernel)
    test.capture(daemon)
    test.worker_dies(daemon, kernel)
    tap.result("posternd ends cleanly", common.stop_problems(daemon))
    daemon = test.daemon(config("both") + "leases:\n  pools: [{realm: outside, addresses: 203.0.113.64-203.0.113.95}]\n")
    test.own_addresses(daemon, kernel)
    tap.result("posternd ends cleanly", common.stop_problems(daemon))
    daemon = test.daemon(config("none"))
    test.refused_at_once("turned off, a call outwards is refused at once", "inside1", OUTSIDE)
    test.refused_at_once("turned off, a call to the gateway is refused at once", "outside1", GATEWAY_OUT)
    tap.result("posternd ends cleanly", common.stop_problems(daemon))
    answering = lab.start("outside1", [tool(test.build, "postern"), "answer", "--local", OUTSIDE])
    answering.wait_line("listening on")
    test.refused_at_once("the endpoint refuses it at once", "outside2", OUTSIDE)
    answering.stop()
    return tap.end()


if __name__ == "__main__":
    sys.exit(common.run(main, __file__))
