#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""`./dev bench [--json | --page] [NAME...]`: runs the benches and shows their figures in one table, as JSON, or on the page."""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile

import page

HERE = os.path.dirname(os.path.abspath(__file__))


def run(command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    if done.returncode == 77:
        return None
    if done.returncode:
        sys.exit(f"bench: {os.path.basename(command[0])} failed with status {done.returncode}")
    return done.stdout


def figures_of(text):
    """Figures from lines `name value unit`."""
    rows = [line.split(None, 2) for line in text.splitlines()]
    return [{"name": name, "value": float(value), "unit": unit} for name, value, unit in rows]


def codec(build):
    return figures_of(run([os.path.join(build, "bench", "bench_codec")]))


def relay(build):
    script = ["sh", os.path.join(HERE, "run-relay.sh"), build]
    out = run(script)
    if out is None:
        return None
    # Rates on one core need root, and the kernel plane to have been built.
    if os.geteuid() == 0 and os.path.exists(os.path.join(build, "bench", "relay_pps")):
        out += run([*script, "--pps"]) or ""
    return figures_of(out)


def in_lab(script):
    """A bench that makes its own network and writes its figures to a file."""
    def bench(build):
        with tempfile.NamedTemporaryFile(suffix=".json") as file:
            if run([sys.executable, os.path.join(HERE, script), "--build", build, "--out", file.name]) is None:
                return None
            return json.load(file)
    return bench


def gatekeeper(build):
    return figures_of(run([os.path.join(build, "bench", "bench_gatekeeper")]))


def lease(build):
    return figures_of(run([os.path.join(build, "bench", "bench_lease")]))


BENCHES = {"codec": codec, "relay": relay, "calls": in_lab("run_calls.py"), "hold": in_lab("run_hold.py"),
           "directory": in_lab("run_directory.py"), "gatekeeper": gatekeeper, "lease": lease,
           "t120": in_lab("run_t120.py")}


def table(figures):
    rows = [(f["name"], f"{f['value']:,.3f}".rstrip("0").rstrip("."), f["unit"], f.get("beside", "")) for f in figures]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    for name, value, unit, beside in rows:
        print(f"  {name:<{widths[0]}}  {value:>{widths[1]}} {unit:<{widths[2]}}  {beside}".rstrip())


def machine():
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} cores, {model}, Linux {platform.release()}"


def write_page(results):
    docs = os.path.join(HERE, "..", "docs")
    path = os.path.join(docs, "performance", "figures.json")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    known = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            known = json.load(file)["benches"]
    known.update({name: figures for name, figures in results.items() if figures is not None})
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"machine": machine(), "benches": {name: known[name] for name in BENCHES if name in known}}, file, indent=1)
        file.write("\n")
    page.make(path, docs)
    print(f"  written: {os.path.normpath(docs)}/performance.md")


def main():
    parser = argparse.ArgumentParser(prog="./dev bench", description="what messages, calls and packets cost")
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="print JSON")
    how.add_argument("--page", action="store_true", help="write docs/performance.md; what is not measured now stays as it was")
    parser.add_argument("name", nargs="*", help=f"of {' '.join(BENCHES)}; all by default")
    arguments = parser.parse_args()
    unknown = [n for n in arguments.name if n not in BENCHES]
    if unknown:
        parser.error(f"no bench '{unknown[0]}'; there are: {' '.join(BENCHES)}")
    results = {}
    for name in arguments.name or BENCHES:
        print(f"== {name}", file=sys.stderr, flush=True)
        results[name] = BENCHES[name](arguments.build)
        if results[name] is None:
            print(f"bench: {name} is skipped: this machine allows no namespaces, or lacks what it is measured against", file=sys.stderr)
            continue
        if not arguments.json and not arguments.page:
            table(results[name])
    if arguments.json:
        json.dump({"machine": machine(), "benches": results}, sys.stdout, indent=1)
        print()
    elif arguments.page:
        write_page(results)
    else:
        print(f"  measured on {machine()}; what stands at the right was measured on another machine where it is a peer's")
    return 0


if __name__ == "__main__":
    sys.exit(main())
