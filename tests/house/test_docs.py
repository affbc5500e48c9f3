#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the documents claim, where a machine can tell: links, commands, configurations, packages. Prints TAP.

usage: test_docs.py SOURCE-ROOT BUILD-ROOT
"""

import os
import re
import subprocess
import sys
import tempfile

DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]
HOSTS = ["inside1", "inside2", "gateway", "outside1", "outside2"]


class Docs:
    def __init__(self, source, build):
        self.source, self.build = source, build
        self.text = {}
        for name in DOCUMENTS:
            with open(os.path.join(source, name), encoding="utf-8") as file:
                self.text[name] = file.read()

    def blocks(self, language):
        """(document, text) of each fenced block of LANGUAGE."""
        for name, text in self.text.items():
            for block in re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
                yield name, block

    def commands(self):
        for name, block in self.blocks("sh"):
            for line in block.splitlines():
                words = line.split("#")[0].split()
                if words and words[0] == "sudo":
                    words = words[1:]
                if words:
                    yield name, words

    def program(self, name):
        return os.path.join(self.build, "src", {"postern": "cli", "posternd": "daemon"}[name], name)

    def run(self, *words):
        return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)

    def links_lead_somewhere(self):
        wrong = []
        for name, text in self.text.items():
            for target in re.findall(r"\]\(([^)#\s]+)\)", text):
                if "://" not in target and not os.path.exists(os.path.join(self.source, target)):
                    wrong.append(f"{name}: {target} is not there")
        return wrong

    def folders_exist(self):
        wrong = []
        for name, text in self.text.items():
            for path in re.findall(r"`((?:src|tests|lab|schema|tools|fuzz|man|bench)/[\w./]*)`", text):
                if not os.path.exists(os.path.join(self.source, path.rstrip("."))):
                    wrong.append(f"{name}: {path} is not there")
        return wrong

    def commands_exist(self):
        wrong = []
        usage = self.run(os.path.join(self.source, "dev"), "help").stdout
        tools = {name: self.run(self.program(name), "--help") for name in ("postern", "posternd")}
        said = {name: done.stdout + done.stderr for name, done in tools.items()}
        for name, words in self.commands():
            line = " ".join(words)
            if words[0] == "lab/in":
                if words[1] not in HOSTS:
                    wrong.append(f"{name}: {line}: no such host")
                words = words[2:] or ["sh"]
            if words[0] == "./dev":
                if not re.search(rf"^  {words[1]}\b", usage, re.MULTILINE) or any(
                        word.startswith("-") and word not in usage for word in words[2:]):
                    wrong.append(f"{name}: {line}: ./dev help knows no such thing")
            elif words[0] in tools:
                text = said[words[0]]
                for word in words[1:]:
                    wanted = word.startswith("--") or (words[0] == "postern" and word == words[1])
                    if wanted and word not in text + self.help_of(words[0], words[1]):
                        wrong.append(f"{name}: {line}: {words[0]} knows no {word}")
        return wrong

    def help_of(self, program, command):
        if program != "postern" or command.startswith("-"):
            return ""
        done = self.run(self.program(program), command, "--help")
        return done.stdout + done.stderr

    def configurations_are_valid(self):
        wrong, count = [], 0
        for name, block in self.blocks("yaml"):
            count += 1
            with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
                file.write(block)
                file.flush()
                done = self.run(self.program("posternd"), "--check", "--config", file.name)
            if done.returncode:
                wrong += [f"{name}: configuration {count}:"] + (done.stdout + done.stderr).splitlines()
        return wrong or ([] if count else ["no configuration is shown"])

    def performance_page_is_of_its_figures(self):
        docs = os.path.join(self.source, "docs")
        with tempfile.TemporaryDirectory() as made:
            done = self.run(sys.executable, os.path.join(self.source, "bench/page.py"), os.path.join(docs, "performance/figures.json"), made)
            if done.returncode:
                return done.stderr.splitlines()
            names = ["performance.md"] + [f"performance/{n}" for n in os.listdir(os.path.join(made, "performance"))]
            return [f"docs/{n} is not what bench/page.py makes of the figures: ./dev bench --page" for n in names
                    if not self.same(os.path.join(made, n), os.path.join(docs, n))]

    @staticmethod
    def same(made, kept):
        with open(made, "rb") as one:
            if not os.path.exists(kept):
                return False
            with open(kept, "rb") as other:
                return one.read() == other.read()

    def manual_pages_exist(self):
        wrong = []
        for name, text in self.text.items():
            for page, section in re.findall(r"\b([a-z.]+)\((\d)\)", text):
                if page.startswith("postern") and not os.path.exists(
                        os.path.join(self.source, "man", f"{page}.{section}")):
                    wrong.append(f"{name}: man/{page}.{section} is not there")
        return wrong

    def manual_pages_are_well_formed(self):
        folder = os.path.join(self.source, "man")
        pages = [os.path.join(folder, f) for f in sorted(os.listdir(folder)) if re.search(r"\.\d$", f)]
        try:
            return self.run("mandoc", "-T", "lint", "-W", "warning", *pages).stdout.splitlines() if pages else []
        except FileNotFoundError:
            return []


def main():
    docs = Docs(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]))
    rules = [docs.links_lead_somewhere, docs.folders_exist, docs.commands_exist, docs.configurations_are_valid,
             docs.performance_page_is_of_its_figures, docs.manual_pages_exist, docs.manual_pages_are_well_formed]
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
