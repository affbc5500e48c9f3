#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The rules of the house that a compiler does not check: layers, purity, headers, words. Prints TAP.

usage: test_house.py SOURCE-ROOT BUILD-ROOT
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

# Lowest first. A module includes itself and modules of lower rows, never of its own row.
LAYERS = [
    ["base"],
    ["asn1"],
    ["tpkt", "x224", "q931", "rtp", "ldap", "ulp", "dns"],
    ["h225", "h245", "t125", "t124", "t126", "t127"],  # messages inside of those
    ["call", "conference", "ras", "lease"],
    ["loop"],
    ["relay", "fw", "priv", "store"],
    ["registry", "gateway", "directory", "gatekeeper"],
    ["daemon", "endpoint", "cli", "doctor", "inspect", "console"],
]
RANK = {module: rank for rank, row in enumerate(LAYERS) for module in row}

# Within a row only these, each with its reason.
SAME_ROW = {
    ("cli", "endpoint"): "postern call, answer and tone are the endpoint's",
    ("ras", "call"): "the timers of RAS stand in the one table of timers",
}

# Bytes to structures and machines: no socket, clock, environment, log, nor anything that lasts.
PURE = [module for row in LAYERS[1:5] for module in row]
IMPURE_SYMBOLS = re.compile(
    r"^(socket|socketpair|bind|connect|listen|accept4?|send(to|msg|mmsg)?|recv(from|msg|mmsg)?|poll|epoll_\w+|select"
    r"|clock_\w+|time|gettimeofday|localtime(_r)?|gmtime(_r)?|nanosleep|usleep|sleep|getenv|secure_getenv|setenv"
    r"|open(at|64)?|fopen(64)?|read|write|ioctl|fork|exec\w*|system|popen|pthread_\w+|rand(om)?|srand(om)?|getrandom"
    r"|getentropy|getpid|setlocale|signal|sigaction|uv_\w+|nft_\w+|log_\w+|printf|puts|fputs|fprintf|std(out|err|in))$")

# Paths of somebody's machine, and words of unfinished work.
FORBIDDEN = re.compile(r"/wor[k]/|/tmp/[b]-|/home/[a-z]|\bTOD[O]\b|\bFIXM[E]\b|\bXX[X]\b|\bHAC[K]\b")

SKIPPED_DIRS = {".git", "__pycache__", ".cache", "subprojects"}


def tree(root):
    """Every file of the source tree, relative to it."""
    for folder, dirs, files in os.walk(root):
        dirs[:] = sorted(d for d in dirs if d not in SKIPPED_DIRS
                         and not os.path.exists(os.path.join(folder, d, "build.ninja"))
                         and not d.startswith("build"))
        for name in sorted(files):
            yield os.path.relpath(os.path.join(folder, name), root)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


class House:
    def __init__(self, source, build):
        self.source, self.build = source, build
        self.files = list(tree(source))
        self.code = [f for f in self.files if f.endswith((".c", ".h"))]
        self.compiler = shlex.split(os.environ.get("CC", "cc"))

    def src(self):
        """(path, module) of each source file of a module."""
        return [(f, f.split("/")[1]) for f in self.code if f.startswith("src/") and f.count("/") >= 2]

    def every_module_has_a_layer(self):
        return [f"src/{m}: no layer; add it to LAYERS" for m in sorted({m for _, m in self.src()}) if m not in RANK]

    def includes_point_downwards(self):
        wrong = []
        for path, module in self.src():
            for number, line in enumerate(read(self.source, path).splitlines(), 1):
                include = re.match(r'\s*#\s*include\s*"([^"]+)"', line)
                if not include:
                    continue
                other = include.group(1).split("/")[0]
                where = f"{path}:{number}: {line.strip()}"
                if ".." in include.group(1) or "/" not in include.group(1):
                    if "/" in include.group(1) or not self.generated(include.group(1)):
                        wrong.append(f'{where}: written from src/: "module/file.h"')
                elif other not in RANK:
                    wrong.append(f"{where}: no module {other}")
                elif other != module and RANK[other] >= RANK[module] and (module, other) not in SAME_ROW:
                    wrong.append(f"{where}: {module} may not use {other}")
        return wrong

    def generated(self, name):
        """A header that stands nowhere in the sources comes out of the build."""
        return not any(f.endswith("/" + name) for f in self.code)

    def archives(self, module):
        folder = os.path.join(self.build, "src", module)
        if not os.path.isdir(folder):
            return []
        return [os.path.join(folder, f) for f in sorted(os.listdir(folder)) if f.endswith(".a")]

    def symbols(self, archive):
        out = subprocess.run(["nm", "-P", archive], capture_output=True, text=True, check=True).stdout
        for line in out.splitlines():
            fields = line.split()
            if len(fields) >= 2 and len(fields[1]) == 1:
                yield fields[0], fields[1]

    def pure_layers_reference_nothing_impure(self):
        wrong = []
        for module in PURE:
            for archive in self.archives(module):
                wrong += [f"{os.path.basename(archive)}: references {name}" for name, kind in self.symbols(archive)
                          if kind == "U" and IMPURE_SYMBOLS.match(name)]
        return wrong

    def pure_layers_have_no_writable_data(self):
        wrong = []
        for module in PURE:
            for archive in self.archives(module):
                out = subprocess.run(["objdump", "-t", archive], capture_output=True, text=True, check=True).stdout
                for line in out.splitlines():
                    fields = re.match(r"^[0-9a-f]+ .{7} (\S+)\s+[0-9a-f]+ (?:\.hidden )?(\S+)$", line)
                    if not fields:
                        continue
                    section, name = fields.groups()
                    # .data.rel.ro: constant tables with pointers in them. Sanitizers keep notes of their own.
                    if re.match(r"\.(data|bss|tdata|tbss)(?!\.rel\.ro)|\*COM\*", section) and name != section \
                            and not re.match(r"\.L|__(asan|ubsan|odr|sanc|unnamed)|asan\.|___asan", name):
                        wrong.append(f"{os.path.basename(archive)}: {name} is in {section}")
        return wrong

    def every_header_compiles_alone(self):
        wrong = []
        flags = ["-std=c17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
                 "-I", os.path.join(self.source, "src"), "-I", os.path.join(self.build, "src")]
        for entry in sorted(os.listdir(os.path.join(self.build, "src"))):
            flags += ["-I", os.path.join(self.build, "src", entry)]
        flags += self.library_flags()
        with tempfile.TemporaryDirectory() as folder:
            for path, _ in self.src():
                if not path.endswith(".h"):
                    continue
                alone = os.path.join(folder, "alone.c")
                with open(alone, "w", encoding="utf-8") as file:
                    # Twice: its guard is proved as well.
                    file.write(f'#include "{path[4:]}"\n' * 2 + "extern int alone;\n")
                done = subprocess.run(self.compiler + flags + [alone], capture_output=True, text=True)
                if done.returncode:
                    wrong += [f"{path}: does not compile alone"] + done.stderr.splitlines()[:4]
        return wrong

    @staticmethod
    def library_flags():
        done = subprocess.run(["pkg-config", "--cflags", "libuv", "libcyaml", "libnftables", "sndfile", "jansson"],
                              capture_output=True, text=True)
        return shlex.split(done.stdout)

    def every_file_says_what_it_is(self):
        wrong = []
        for path in self.code:
            # The source beside its header says no more than that header does.
            beside = path.endswith(".c") and path[:-1] + "h" in self.files
            lines = read(self.source, path).splitlines()[:4]
            if not lines or lines[0] != "/* SPDX-License-Identifier: LGPL-2.1-or-later */":
                wrong.append(f"{path}: does not start with its SPDX line")
            elif not beside and not any(line.lstrip().startswith(("/*", "*")) for line in lines[1:]):
                wrong.append(f"{path}: does not say what it is")
        return wrong

    def no_forbidden_words(self):
        wrong = []
        for path in self.files:
            if path.startswith("fuzz/corpus/") or path == ".git" or path.endswith((".pcap", ".wav")) or path == "LICENSE":
                continue
            for number, line in enumerate(read(self.source, path).splitlines(), 1):
                if FORBIDDEN.search(line):
                    wrong.append(f"{path}:{number}: {line.strip()[:100]}")
        return wrong

    def lines_fit(self):
        wrong = []
        for path in self.code:
            for number, line in enumerate(read(self.source, path).splitlines(), 1):
                # Code; a line of a comment may hold what would read worse broken.
                if len(line.expandtabs(8)) > 150 and not re.match(r"\s*(/?\*|//)", line) and not re.search(r"\*/|\"", line):
                    wrong.append(f"{path}:{number}: {len(line.expandtabs(8))} columns")
                if line != line.rstrip():
                    wrong.append(f"{path}:{number}: white space at the end")
        return wrong

    def every_test_is_run(self):
        wrong = []
        for path in self.files:
            folder, name = os.path.split(path)
            if not folder.startswith("tests/") or not re.match(r"test_\w+\.(c|py|sh)$", name):
                continue
            built = os.path.join(folder, "meson.build")
            # A list may name the file without its ending or prefix.
            stem = os.path.splitext(name)[0]
            text = read(self.source, built) if built in self.files else ""
            if not re.search(rf"'({re.escape(name)}|{stem}|{stem[5:]})'", text):
                wrong.append(f"{path}: not in {built}")
        return wrong

    def libraries_are_in_the_package_list(self):
        """What meson asks for and packages.txt does not name would be missing on a new machine only."""
        if not shutil.which("dpkg-query"):
            return []
        listed = set(re.findall(r"^[a-z0-9][\w.+-]*$", read(self.source, "packages.txt"), re.MULTILINE))
        wanted = set()
        for path in self.files:
            if os.path.basename(path) == "meson.build":
                wanted.update(re.findall(r"dependency\('([^']+)'", read(self.source, path)))
        wrong = []
        for name in sorted(wanted):
            folder = subprocess.run(["pkg-config", "--variable=pcfiledir", name], capture_output=True, text=True).stdout
            owner = subprocess.run(["dpkg-query", "-S", f"{folder.strip()}/{name}.pc"], capture_output=True, text=True)
            package = owner.stdout.split(":")[0]
            if package and package not in listed:
                wrong.append(f"dependency('{name}') is of {package}, which packages.txt does not name")
        return wrong


def main():
    house = House(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]))
    rules = [house.every_module_has_a_layer, house.includes_point_downwards,
             house.pure_layers_reference_nothing_impure, house.pure_layers_have_no_writable_data,
             house.every_header_compiles_alone, house.every_file_says_what_it_is, house.no_forbidden_words,
             house.lines_fit, house.every_test_is_run, house.libraries_are_in_the_package_list]
    print(f"1..{len(rules)}")
    failed = False
    for number, rule in enumerate(rules, 1):
        wrong = rule()
        for line in wrong:
            print(f"# {line}")
        print(f"{'not ' if wrong else ''}ok {number} {rule.__name__}")
        failed = failed or bool(wrong)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
