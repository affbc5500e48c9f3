# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads the ASN.1 of schema/ (X.680 as far as modules of AUTOMATIC and IMPLICIT TAGS need it) into Type objects.

Not covered, and refused: explicit tags, values, information objects, parameters, a second root after the
extension additions, version brackets.
"""
import re
from dataclasses import dataclass, field

TOKEN = re.compile(r'''
    (?P<space>\s+|--(?:(?!--)[^\n])*(?:--|(?=\n)|\Z))
  | (?P<string>"[^"]*")
  | (?P<word>[A-Za-z](?:-?[A-Za-z0-9])*)
  | (?P<number>-?[0-9]+)
  | (?P<mark>::=|\.\.\.|\.\.|[{}()\[\],;|^.:<>])
''', re.X)

STRINGS = {'IA5String', 'VisibleString', 'PrintableString', 'NumericString', 'BMPString', 'GeneralString',
           'GraphicString', 'UTF8String', 'GeneralizedTime'}


class Asn1Error(Exception):
    pass


@dataclass
class Field:
    name: str
    type: 'Type'
    optional: bool = False
    default: object = None


@dataclass
class Type:
    kind: str                      # BOOLEAN, NULL, INTEGER, ..., SEQUENCE, SEQUENCE OF, CHOICE, REF
    line: int = 0
    ref: str = None                # REF: the name referred to
    lb: int = None                 # INTEGER: bounds, None where there is none
    ub: int = None
    extensible: bool = False       # "..." in the constraint, the fields or the enumeration
    size: tuple = None             # (lb, ub or None, extensible)
    alphabet: str = None           # FROM: the characters, rising
    wide: int = None               # FROM of a range of BMPString that begins with 0: its last code
    tag: tuple = None              # (class, number) written before the type
    contained: 'Type' = None
    root: list = field(default_factory=list)       # Fields, or (name, value) of an ENUMERATED
    additions: list = field(default_factory=list)
    element: 'Type' = None
    is_set: bool = False           # SET OF: encodes as SEQUENCE OF in BASIC-PER
    name: str = None               # set on assigned types
    module: 'Module' = None


@dataclass
class Module:
    name: str
    automatic: bool = True                         # AUTOMATIC TAGS, else IMPLICIT TAGS
    types: dict = field(default_factory=dict)
    imports: dict = field(default_factory=dict)    # type name -> module name


class Parser:
    def __init__(self, text, where):
        self.where = where
        self.tokens = []
        self.automatic = True
        pos, line = 0, 1
        while pos < len(text):
            m = TOKEN.match(text, pos)
            if not m:
                raise Asn1Error(f'{where}:{line}: unexpected {text[pos]!r}')
            if m.lastgroup != 'space':
                self.tokens.append((m.group(), m.lastgroup, line))
            line += m.group().count('\n')
            pos = m.end()
        self.tokens.append(('', 'end', line))
        self.at = 0

    def peek(self, ahead=0):
        return self.tokens[min(self.at + ahead, len(self.tokens) - 1)][0]

    def next(self):
        t = self.tokens[self.at][0]
        self.at += 1
        return t

    def fail(self, what):
        raise Asn1Error(f'{self.where}:{self.tokens[min(self.at, len(self.tokens) - 1)][2]}: {what}')

    def expect(self, *words):
        for w in words:
            if self.peek() != w:
                self.fail(f'expected {w!r}, found {self.peek()!r}')
            self.at += 1

    def accept(self, *words):
        if all(self.peek(i) == w for i, w in enumerate(words)):
            self.at += len(words)
            return True
        return False

    def module(self):
        m = Module(self.next())
        self.expect('DEFINITIONS')
        m.automatic = not self.accept('IMPLICIT')
        if m.automatic:
            self.expect('AUTOMATIC')
        self.expect('TAGS', '::=', 'BEGIN')
        self.automatic = m.automatic
        if self.accept('IMPORTS'):
            self.imports(m)
        while not self.accept('END'):
            name = self.next()
            if not name[:1].isupper() or name in m.types:
                self.fail(f'bad or repeated type name {name!r}')
            self.expect('::=')
            t = self.type()
            t.name, t.module = name, m
            m.types[name] = t
        return m

    def imports(self, m):
        names = []
        while not self.accept(';'):
            if self.accept('FROM'):
                source = self.next()
                m.imports.update((n, source) for n in names)
                names = []
            else:
                names.append(self.next())
                self.accept(',')

    def tag(self):
        """[APPLICATION 5] or [5]."""
        self.expect('[')
        cls = 'APPLICATION' if self.accept('APPLICATION') else 'CONTEXT'
        number = int(self.next())
        self.expect(']')
        return cls, number

    def type(self):
        line = self.tokens[self.at][2]
        if not self.automatic and self.peek() == '[':
            tag = self.tag()
            t = self.type()
            t.tag = tag
            return t
        w = self.next()
        if w in ('SEQUENCE', 'SET') and (self.peek() in ('OF', 'SIZE', '(')):
            t = Type('SEQUENCE OF', line, is_set=w == 'SET')
            if self.accept('SIZE'):
                t.size = self.range()
            elif self.peek() == '(':
                self.expect('(', 'SIZE')
                t.size = self.range()
                self.expect(')')
            self.expect('OF')
            t.element = self.type()
            return t
        if w in ('SEQUENCE', 'CHOICE'):
            t = Type(w, line)
            self.fields(t)
            return t
        if w == 'ENUMERATED':
            t = Type(w, line)
            self.enumeration(t)
            return t
        if w in ('OCTET', 'BIT'):
            self.expect('STRING')
            t = Type(w + ' STRING', line)
        elif w == 'OBJECT':
            self.expect('IDENTIFIER')
            t = Type('OBJECT IDENTIFIER', line)
        elif w in ('BOOLEAN', 'NULL', 'INTEGER') or w in STRINGS:
            t = Type(w, line)
        elif w[:1].isupper():
            t = Type('REF', line, ref=w)
        else:
            self.fail(f'expected a type, found {w!r}')
        while self.peek() == '(':
            self.constraint(t)
        return t

    def fields(self, t):
        self.expect('{')
        into = t.root
        while not self.accept('}'):
            if self.accept('...'):
                if t.extensible:
                    self.fail('a second root is not supported')
                t.extensible, into = True, t.additions
            else:
                f = Field(self.next(), None)
                if not f.name[:1].islower():
                    self.fail(f'bad field name {f.name!r}')
                f.type = self.type()
                if self.accept('OPTIONAL'):
                    f.optional = True
                elif self.accept('DEFAULT'):
                    f.optional, f.default = True, self.next()
                into.append(f)
            if self.peek() != '}':
                self.expect(',')

    def enumeration(self, t):
        self.expect('{')
        into, value = t.root, 0
        while not self.accept('}'):
            if self.accept('...'):
                t.extensible, into = True, t.additions
            else:
                name = self.next()
                if self.accept('('):
                    value = int(self.next())
                    self.expect(')')
                into.append((name, value))
                value += 1
            if self.peek() != '}':
                self.expect(',')
        t.root.sort(key=lambda e: e[1])

    def bound(self):
        w = self.next()
        return None if w in ('MIN', 'MAX') else int(w)

    def range(self):
        """A parenthesised (lb..ub), (n) or (lb..ub, ...)."""
        self.expect('(')
        lb = self.bound()
        ub = self.bound() if self.accept('..') else lb
        ext = self.accept(',', '...')
        self.expect(')')
        return lb, ub, ext

    def quadruple(self):
        """{0, 0, 0, 255}: group, plane, row, cell (X.680 41.8)."""
        numbers = []
        self.expect('{')
        while not self.accept('}'):
            numbers.append(int(self.next()))
            self.accept(',')
        return int.from_bytes(bytes(numbers), 'big')

    def wide(self):
        low = self.quadruple()
        self.expect('..')
        high = self.quadruple()
        if low != 0 or high not in (0xff, 0xffff):
            self.fail('only {0,0,0,0}..{0,0,0,255} and ..{0,0,255,255} are supported')
        return high

    def constraint(self, t):
        self.expect('(')
        while True:
            if self.accept('SIZE'):
                t.size = self.range()
            elif self.accept('FROM'):
                self.expect('(')
                if self.peek() == '{':
                    t.wide = self.wide()
                else:
                    t.alphabet = ''.join(sorted(set(self.next()[1:-1])))
                self.expect(')')
            elif self.accept('CONTAINING'):
                t.contained = self.type()
            else:
                self.at -= 1  # range() wants the parenthesis
                t.lb, t.ub, t.extensible = self.range()
                return
            if not self.accept('^'):
                break
        self.expect(')')


def parse(path):
    with open(path, encoding='utf-8') as f:
        return Parser(f.read(), path).module()
