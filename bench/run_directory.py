#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The directory against OpenLDAP's slapd (mdb), both on loopback in the same run, asked by the same client. Prints the
figures as JSON. Where slapd is not installed (Debian's package starts a server of its own, so ./dev does not), Postern's alone.

slapd runs twice: with its defaults, where each change is on the disk before it is answered, and without (nosync), which is
how Postern keeps entries that live for minutes: written behind, many at a time.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

PEOPLE, LISTED, LOOKUPS, LISTS, LOG_ONS, ROUNDS = 100_000, 1_000, 20_000, 40, 3_000, 4

ATTRIBUTES = ["sipaddress", "sport", "sflags", "ssecurity", "sappid", "sappguid", "sprotid", "smimetype", "sprotmimetype",
              "givenname", "surname", "rfc822mailbox", "location", "comment", "ilsA26214430", "ilsA26279966", "ilsA32833566",
              "ilsA32964638", "ilsA39321630"]


def schema():
    # Numbers of a private arc; cn is built into slapd.
    for number, name in enumerate(ATTRIBUTES):
        yield (f"attributetype ( 1.3.6.1.4.1.55555.1.{number} NAME '{name}' EQUALITY caseIgnoreMatch "
               "SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )")
    yield ("objectclass ( 1.3.6.1.4.1.55555.2.1 NAME 'rtPerson' SUP top STRUCTURAL MUST cn MAY ( "
           + " $ ".join(ATTRIBUTES) + " ) )")
    for number, name in ((10, "o"), (11, "ou")):
        yield f"attributetype ( 2.5.4.{number} NAME '{name}' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )"
    yield "objectclass ( 1.3.6.1.4.1.55555.2.2 NAME 'rtTree' SUP top STRUCTURAL MAY ( o $ ou ) )"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Slapd:
    def __init__(self, folder, sync):
        self.folder = tempfile.mkdtemp(dir=folder)
        self.port = free_port()
        lines = ["modulepath /usr/lib/ldap", "moduleload back_mdb"] if os.path.isdir("/usr/lib/ldap") else []
        lines += schema()
        lines += ["sizelimit unlimited", "timelimit unlimited", "loglevel 0", "access to * by * write",
                  "allow bind_v2 update_anon", "database mdb", 'suffix "o=Intranet"', 'rootdn "cn=admin,o=Intranet"', "rootpw x",
                  f"directory {self.folder}", "maxsize 2147483648", "index objectClass eq", "index cn eq,pres"]
        if not sync:
            lines.append("envflags nosync")
        self.conf = os.path.join(self.folder, "slapd.conf")
        with open(self.conf, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        tree = "dn: o=Intranet\nobjectClass: rtTree\no: Intranet\n\ndn: ou=Dynamic,o=Intranet\n" \
               "objectClass: rtTree\nou: Dynamic\n"
        done = subprocess.run([slapd(), "-Tadd", "-f", self.conf], input=tree, text=True, capture_output=True)
        if done.returncode:
            sys.exit(f"bench: slapadd: {done.stderr}")
        self.process = subprocess.Popen([slapd(), "-f", self.conf, "-h", f"ldap://127.0.0.1:{self.port}", "-d", "0"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self.port)

    def rss(self):
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as file:
            fields = file.read().split()
        # Anonymous memory: without the pages of the mapped database.
        return (int(fields[1]) - int(fields[2])) * os.sysconf("SC_PAGESIZE") / 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)
        shutil.rmtree(self.folder, ignore_errors=True)


class Postern:
    def __init__(self, build, folder):
        program = os.path.join(build, "tests", "directory", "directory_serve")
        self.file = os.path.join(folder, "entries")
        self.process = subprocess.Popen([program, "--wide", "--store", self.file, "0"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def rss(self):
        self.process.stdin.write("rss\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=60)


def wait_for(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit("bench: slapd does not start")


def slapd():
    return shutil.which("slapd") or next((p for p in ("/usr/sbin/slapd", "/usr/libexec/slapd") if os.path.exists(p)), None)


def client(build, server, *args):
    """Operations per second, and the processor time of the server for each in microseconds."""
    before = cpu(server)
    done = subprocess.run([os.path.join(build, "bench", "bench_directory"), str(server.port), *map(str, args)],
                          capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"bench: {type(server).__name__}: {' '.join(map(str, args))}: {done.stderr}")
    return float(done.stdout), (cpu(server) - before) / int(args[-1]) * 1e6


def cpu(server):
    with open(f"/proc/{server.process.pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def populate(build, server):
    """Octets of memory that an entry takes."""
    before = server.rss()
    client(build, server, "add", LISTED, PEOPLE - LISTED)
    time.sleep(2)  # a store that writes behind gives its memory back
    return (server.rss() - before) * 1024 / (PEOPLE - LISTED)


def rounds(build, servers, *args, step=0):
    """Each in turn, so that what else the machine does meets them alike; the best of each."""
    best = {}
    first = int(args[1])
    for turn in range(ROUNDS):
        for name, server in servers.items():
            rate, cost = client(build, server, args[0], first + turn * step, *args[2:])
            best[name] = max(best.get(name, (0, 0))[0], rate), min(best.get(name, (0, 1e9))[1], cost)
    return best


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--out", required=True)
    build = parser.parse_args().build
    out = parser.parse_args().out
    compare = slapd() is not None
    if not compare:
        print("bench: slapd is not installed: Postern's figures stand alone", file=sys.stderr)
    servers, figures = {}, []

    def figure(name, best, unit, at, other="nosync", digits=0):
        ours, beside = best["postern"][at], ""
        if compare:
            theirs = best[other][at]
            ratio = ours / theirs if at == 0 else theirs / ours
            beside = f"slapd {theirs:,.{digits}f} ({ratio:.1f} times as good)"
        figures.append({"name": name, "value": ours, "unit": unit, "beside": beside})
    with tempfile.TemporaryDirectory(dir=build) as folder:
        try:
            servers["postern"] = Postern(build, folder)
            if compare:
                servers["nosync"] = Slapd(folder, False)
            both = dict(servers)
            for server in both.values():
                client(build, server, "add", 0, LISTED)
            lists = rounds(build, both, "list", LISTED, LISTS)
            memory = {name: populate(build, server) for name, server in both.items()}
            lookups = rounds(build, both, "lookup", 0, PEOPLE, LOOKUPS)
            log_ons = rounds(build, both, "logon", 1_000_000, LOG_ONS, step=LOG_ONS)
            if compare:
                servers["sync"] = Slapd(folder, True)
                log_ons["sync"] = rounds(build, {"sync": servers["sync"]}, "logon", 0, 200, step=200)["sync"]
        finally:
            for server in servers.values():
                server.stop()
    figure("look-ups by name, of 100,000", lookups, "/s", 0)
    figure("processor time of a look-up", lookups, "us", 1, digits=1)
    figure("log-ons (add, modify)", log_ons, "/s", 0, "sync")
    if compare:
        figure("log-ons, slapd without sync", log_ons, "/s", 0)
    figure("processor time of a log-on", log_ons, "us", 1, digits=1)
    figure("lists of 1,000", lists, "/s", 0)
    figures.append({"name": "memory of an entry, at 100,000", "value": memory["postern"], "unit": "octets",
                    "beside": f"slapd {memory['nosync']:,.0f} besides its mapped database" if compare else ""})
    with open(out, "w", encoding="utf-8") as file:
        json.dump(figures, file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
