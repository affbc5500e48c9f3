#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The ASN.1 compiler: what it refuses and where it says so, names, the same output each time. Prints TAP.

usage: test_asn1c.py SOURCE-ROOT
"""
import os
import subprocess
import sys
import tempfile

ROOT = sys.argv[1]
sys.path.insert(0, os.path.join(ROOT, 'tools'))
from asn1_emit import snake  # noqa: E402

FRAME = 'M DEFINITIONS AUTOMATIC TAGS ::=\nBEGIN\n{}\nEND\n'

REFUSED = {
    'A ::= B': 'type B is not known',
    'A ::= SEQUENCE { a BOOLEAN b NULL }': "expected ','",
    'A ::= SEQUENCE { a BOOLEAN, ..., b NULL, ..., c NULL }': 'second root',
    'A ::= BOOLEAN A ::= NULL': 'repeated type name',
    'a ::= BOOLEAN': 'bad or repeated type name',
    'A ::= SEQUENCE { a [1] BOOLEAN }': 'expected a type',
    'A ::= INTEGER (0..99999999999999999999)': 'does not fit 64 bits',
    'A ::= OCTET STRING (SIZE (1..4)': 'expected',
    'A ::= SEQUENCE { a OCTET STRING DEFAULT x }': 'DEFAULT of OCTET STRING',
}
TAGGED = 'M DEFINITIONS IMPLICIT TAGS ::=\nBEGIN\n{}\nEND\n'
REFUSED_TAGGED = {
    'A ::= CHOICE { a [1] NULL, b [0] NULL }': 'not in the order of their tags',
    'A ::= CHOICE { a NULL, b NULL }': 'not in the order of their tags',
    'A ::= CHOICE { a CHOICE { b NULL } }': 'without a tag',
    'A ::= ENUMERATED { a (1), b (2) }': 'are not supported',
    'A ::= BMPString (FROM ({0, 0, 0, 1}..{0, 0, 0, 9}))': 'are supported',
}

NAMES = {
    'OpenLogicalChannel': 'open_logical_channel', 'Setup-UUIE': 'setup_uuie', 'h323-uu-pdu': 'h323_uu_pdu',
    'h245Control': 'h245_control', 'iPAddress': 'ip_address', 'iP6Address': 'ip6_address', 'h323-ID': 'h323_id',
    'h2250LogicalChannelParameters': 'h2250_logical_channel_parameters', 'UUIEsRequested': 'uuies_requested',
    'T38FaxProfile': 't38_fax_profile', 'localQoS': 'local_qos', 'g729AnnexAwAnnexB': 'g729_annex_aw_annex_b',
}


def compile_text(text, folder):
    path = os.path.join(folder, 'm.asn')
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)
    return subprocess.run([sys.executable, os.path.join(ROOT, 'tools', 'asn1c.py'), '-o', folder, path],
                          stderr=subprocess.PIPE, text=True, check=False)


def refuses():
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        for text, why, frame in ([(*i, FRAME) for i in REFUSED.items()]
                                 + [(*i, TAGGED) for i in REFUSED_TAGGED.items()]):
            done = compile_text(frame.format(text), folder)
            if done.returncode == 0 or why not in done.stderr or 'Traceback' in done.stderr:
                wrong.append(f'{text}: {done.returncode}, {done.stderr.strip()[-200:]}')
        done = compile_text(FRAME.format('A ::= BOOLEAN\nB ::= SEQUENCE {\n  a %\n}'), folder)
        if 'm.asn:5:' not in done.stderr:
            wrong.append(f'no line is named: {done.stderr}')
    return wrong


def names():
    return [f'{n}: {snake(n)}, not {want}' for n, want in NAMES.items() if snake(n) != want]


def same_each_time():
    """Sets and dictionaries must not show: two runs with other hash seeds give the same files."""
    outputs = []
    for seed in '1', '2':
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, os.path.join(ROOT, 'tools', 'asn1c.py'), '-o', folder]
                           + [os.path.join(ROOT, 'schema', f'{m}.asn') for m in ('h225', 'h235', 'h245')],
                           check=True, env={**os.environ, 'PYTHONHASHSEED': seed})
            outputs.append([open(os.path.join(folder, f'h225_asn1.{s}'), encoding='utf-8').read() for s in 'ch'])
    return [] if outputs[0] == outputs[1] else ['the output differs between runs']


def main():
    failed = 0
    rules = [refuses, names, same_each_time]
    print(f'1..{len(rules)}')
    for number, rule in enumerate(rules, 1):
        wrong = rule()
        for line in wrong:
            print(f'# {line}')
        print(f"{'not ' if wrong else ''}ok {number} {rule.__name__}")
        failed += bool(wrong)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
