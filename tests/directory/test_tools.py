#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""postern who, register and unregister against the ILS on loopback, and what they say of servers that are none. Prints TAP.

usage: test_tools.py DIRECTORY-SERVE POSTERN
"""

import json
import signal
import socket
import subprocess
import sys
import threading

SERVE, POSTERN = sys.argv[1:3]


def run(*words, timeout=30):
    """(status, standard output, standard error) of postern WORDS."""
    done = subprocess.run([POSTERN, *words], capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr


class Tools:
    def __init__(self):
        self.serve = subprocess.Popen([SERVE, "0"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.server = "127.0.0.1:" + self.serve.stdout.readline().strip()

    def register(self, name, *options):
        process = subprocess.Popen([POSTERN, "register", *options, self.server, name], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        line = process.stdout.readline()
        assert line == f"registered {name} with ILS at {self.server}\n", line + process.stderr.read()
        return process

    def end(self, process):
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
        assert process.returncode == 0 and not err, (process.returncode, out, err)

    def people(self, *words):
        status, out, err = run("who", "--json", self.server, *words)
        assert not err, err
        return status, {p["name"]: p for p in json.loads(out)["people"]}

    def an_entry_lives_as_long_as_its_program(self):
        status, found = self.people()
        assert status == 1 and found == {}, found
        ann = self.register("ann@example.org", "--given", "Ann", "--surname", "Ash", "--location", "Here", "--comment", "hello")
        status, found = self.people()
        assert status == 0 and list(found) == ["ann@example.org"], found
        one = found["ann@example.org"]
        want = {"given": "Ann", "surname": "Ash", "location": "Here", "comment": "hello", "address": "127.0.0.1", "port": 1720}
        assert want.items() <= one.items(), one
        self.end(ann)
        assert self.people() == (1, {})

    def patterns_and_hidden(self):
        entries = [self.register("ann@example.org"), self.register("anton@example.org", "--hidden"),
                   self.register("bob@example.org", "--address", "192.0.2.9:2720")]
        assert sorted(self.people()[1]) == ["ann@example.org", "bob@example.org"]
        assert sorted(self.people("an*")[1]) == ["ann@example.org"]
        assert sorted(self.people("anton@example.org")[1]) == ["anton@example.org"]
        bob = self.people("bob@example.org")[1]["bob@example.org"]
        assert (bob["address"], bob["port"]) == ("192.0.2.9", 2720), bob
        assert self.people("nobody")[0] == 1
        for entry in entries:
            self.end(entry)

    def what_peers_write_is_escaped(self):
        eve = self.register("eve@example.org", "--given", "\x1b[31mred", "--comment", "a\nb\\c\u00e9")
        status, out, err = run("who", self.server)
        assert status == 0 and not err
        lines = out.splitlines()
        assert len(lines) == 2 and "\x1b" not in out, out
        assert "\\x1b[31mred" in lines[1] and "a\\x0ab\\x5cc\\xc3\\xa9" in lines[1], out
        status, out, _ = run("who", "--json", self.server)
        assert out.isascii() and "\x1b" not in out
        assert json.loads(out)["people"][0]["comment"] == "a\nb\\c\u00e9"
        self.end(eve)

    def unregister(self):
        ann = self.register("ann@example.org")
        assert run("unregister", self.server, "ann@example.org") == (0, "", "")
        assert self.people() == (1, {})
        status, _, err = run("unregister", self.server, "ann@example.org")
        assert status == 1 and "noSuchObject" in err or "no such" in err, err
        self.end(ann)

    def servers_that_are_none(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]

            def answer():
                # The first two connections (ILS, then ULS) are told what neither understands.
                for _ in range(2):
                    conn, _ = listener.accept()
                    conn.recv(100)
                    conn.sendall(b"220 mail.example.org ESMTP\r\n")
                    conn.close()

            thread = threading.Thread(target=answer)
            thread.start()
            status, out, err = run("who", "--timeout", "5", f"127.0.0.1:{port}")
            thread.join()
            assert status == 1 and not out and "directory" in err or "ended" in err, (status, out, err)
        status, out, err = run("who", f"127.0.0.1:{port}")
        assert status == 1 and "refused" in err, err

    def wrong_command_lines(self):
        for words in (["who", "a", "b", "c"], ["who", "--nothing"], ["register", "x"], ["unregister", "x", "y", "z"],
                      ["register", "--timeout", "0", "x", "y"], ["unregister", "--given", "x", "y", "z"]):
            status, out, err = run(*words)
            assert status == 2 and not out and "usage" in err, (words, status, err)
        for command in ("who", "register", "unregister"):
            status, out, err = run(command, "--help")
            assert status == 0 and out.startswith("usage: postern " + command) and not err


def main():
    tools, failed = Tools(), 0
    tests = [tools.an_entry_lives_as_long_as_its_program, tools.patterns_and_hidden, tools.what_peers_write_is_escaped,
             tools.unregister, tools.servers_that_are_none, tools.wrong_command_lines]
    for number, test in enumerate(tests, 1):
        try:
            test()
            print(f"ok {number} - {test.__name__}", flush=True)
        except (AssertionError, subprocess.TimeoutExpired) as error:
            failed += 1
            print(f"# {error!r}\nnot ok {number} - {test.__name__}", flush=True)
    print(f"1..{len(tests)}")
    tools.serve.stdin.close()
    return 1 if tools.serve.wait(20) or failed else 0


if __name__ == "__main__":
    sys.exit(main())
