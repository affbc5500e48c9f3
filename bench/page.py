#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""docs/performance.md and its plots from the figures of a run: bench/performance.md.in says what stands where.

    page.py FIGURES.json DOCS-FOLDER

In the text {{machine}} is the machine, {{table NAME PATTERN}} the figures of bench NAME whose names match, {{grid NAME PATTERN
UNIT COLUMNS}} the same in rows and columns, {{plot NAME}} a picture of PLOTS, {{slope NAME}} how its lines grow, {{ratio NAME
PATTERN-A PATTERN-B}} one figure by another.
"""

import json
import os
import re
import sys

import plot

HERE = os.path.dirname(os.path.abspath(__file__))


class Figures:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            data = json.load(file)
        self.machine, self.benches = data["machine"], data["benches"]

    def of(self, bench, pattern=""):
        return [f for f in self.benches.get(bench) or [] if re.search(pattern, f["name"])]

    def line(self, bench, pattern, value=lambda v: v):
        """[(x, y)...] of the figures whose name has a number where PATTERN has its group."""
        found = [(re.search(pattern, f["name"]), f["value"]) for f in self.of(bench, pattern)]
        return [(float(m[1].replace(",", "")), value(v)) for m, v in found]


def per_packet(rate):
    """ns of a processor from Mpackets/s."""
    return 1000 / rate if rate else 0


def rates(figures, what):
    return figures.line("calls", rf"^open load, fast start, tunnelled, ([\d,]+)/s: {what}$")


def streams(figures, mode):
    return figures.line("relay", rf"^relay\.one_core\.(\d+)streams\.{mode}\.rate$", per_packet)


# name: title, labels, log x, log y, lines
PLOTS = {
    "call-delay": ("Delay of a call, open load on one processor", "calls begun per second", "due to Connect, ms", False, True, lambda f: {
        "p50": rates(f, "due to Connect p50"), "p99": rates(f, "due to Connect p99"), "p99.9": rates(f, "due to Connect p999")}),
    "call-cpu": ("What calls take of a processor", "calls begun per second", "busy, of one processor", False, False, lambda f: {
        "the gateway": rates(f, "busy, gateway"), "both ends": rates(f, "busy, both ends")}),
    "packet-cost": ("Cost of a packet by streams", "streams", "ns per packet, making it included", True, False, lambda f: {
        "kernel NAT": streams(f, "nat"), "kernel plane, TC": streams(f, "kernel_tc"), "kernel plane, XDP": streams(f, "kernel_xdp"),
        "empty XDP": streams(f, "limit")}),
    "hosts": ("Cost of a look-up by hosts", "hosts", "ns", True, False, lambda f: {
        "gatekeeper, name": f.line("gatekeeper", r"^gatekeeper_lookup_(\d+)$"),
        "gatekeeper, renewal": f.line("gatekeeper", r"^gatekeeper_renewal_(\d+)$"),
        "lease": f.line("lease", r"^lease_lookup_(\d+)$")}),
}


def number(value):
    return f"{value:,.3f}".rstrip("0").rstrip(".")


class Page:
    def __init__(self, figures):
        self.figures, self.pictures = figures, {}

    def machine(self):
        return self.figures.machine

    def table(self, bench, pattern=""):
        rows = self.figures.of(bench, pattern)
        if not rows:
            return f"(not measured on this machine: {bench})"
        out = ["| what | figure | beside |", "| --- | --- | --- |"]
        return "\n".join(out + [f"| {f['name']} | {number(f['value'])} {f['unit']} | {f.get('beside', '')} |" for f in rows])

    def grid(self, bench, pattern, unit, rows):
        """Figures in rows and columns: the groups `row` and `col` of PATTERN; blanks of ROWS, the heading, are '_'."""
        cells = {}
        for figure in self.figures.of(bench, pattern):
            match = re.search(pattern, figure["name"])
            cells.setdefault(match["row"], {})[int(match["col"])] = figure["value"]
        if not cells:
            return f"(not measured on this machine: {bench})"
        columns = sorted({col for row in cells.values() for col in row})
        out = [f"| {unit.replace('_', ' ')}, by {rows.replace('_', ' ')} | " + " | ".join(f"{c:,}" for c in columns) + " |",
               "| --- |" + " --- |" * len(columns)]
        for name, row in cells.items():
            out.append(f"| {name} | " + " | ".join(number(row[c]) if c in row else "" for c in columns) + " |")
        return "\n".join(out)

    def lines(self, name):
        title, x, y, log_x, log_y, lines = PLOTS[name]
        return title, x, y, log_x, log_y, {n: line for n, line in lines(self.figures).items() if len(line) > 1}

    def plot(self, name):
        title, x, y, log_x, log_y, lines = self.lines(name)
        if not lines:
            return f"(not measured on this machine: {title})"
        self.pictures[f"{name}.svg"] = plot.svg(title, x, y, lines, log_x, log_y)
        return f"![{title}](performance/{name}.svg)"

    def slope(self, name):
        _, x, y, _, _, lines = self.lines(name)
        out = [f"| {y}, by {x} | at none | for each 1,000 more |", "| --- | --- | --- |"]
        for line_name, line in lines.items():
            by, at_0 = plot.slope(line)
            out.append(f"| {line_name} | {number(at_0)} | {number(1000 * by)} |")
        return "\n".join(out)

    def ratio(self, bench, first, second):
        a, b = self.figures.of(bench, first), self.figures.of(bench, second)
        return f"{a[0]['value'] / b[0]['value']:.2f}" if a and b and b[0]["value"] else "(not measured)"

    def text(self, template):
        def fill(match):
            word, *rest = match[1].split()
            return getattr(self, word)(*rest)
        return re.sub(r"\{\{((?:[^}]|\}(?!\}))*)\}\}", fill, template)


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def make(figures_path, docs):
    with open(os.path.join(HERE, "performance.md.in"), encoding="utf-8") as file:
        template = file.read()
    page = Page(Figures(figures_path))
    text = page.text(template)
    os.makedirs(os.path.join(docs, "performance"), exist_ok=True)
    write(os.path.join(docs, "performance.md"), text)
    for name, picture in page.pictures.items():
        write(os.path.join(docs, "performance", name), picture)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: page.py FIGURES.json DOCS-FOLDER")
    make(sys.argv[1], sys.argv[2])
