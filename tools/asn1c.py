#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""ASN.1 to C tables: asn1c.py -o DIR MODULE.asn [IMPORTED.asn ...]

Writes DIR/<module>_asn1.h and .c for the first module; the others are read for what it imports. The
engine in src/asn1 interprets the tables. The names and types of the C side: src/asn1/README.md.
"""
import argparse
import os
import sys

from asn1_emit import Emitter
from asn1_parse import Asn1Error, parse


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument('-o', dest='out', required=True, metavar='DIR')
    ap.add_argument('--as', dest='prefix', metavar='PREFIX', help='names begin with this instead of the file name')
    ap.add_argument('--any-character', metavar='TYPE', help='leave the alphabet of this string type out')
    ap.add_argument('files', nargs='+')
    args = ap.parse_args()
    try:
        parsed = [parse(f) for f in args.files]
        prefixes = {m.name: os.path.splitext(os.path.basename(f))[0] for m, f in zip(parsed, args.files)}
        prefix = prefixes[parsed[0].name] = args.prefix or prefixes[parsed[0].name]
        if args.any_character:
            t = parsed[0].types[args.any_character]
            t.alphabet = t.wide = None
        e = Emitter(parsed[0], prefix, {m.name: m for m in parsed}, prefixes)
        e.run()
    except Asn1Error as err:
        sys.exit(f'asn1c: {err}')
    source = os.path.basename(args.files[0])
    for suffix, text in (('h', e.header(source)), ('c', e.source(source))):
        with open(os.path.join(args.out, f'{prefix}_asn1.{suffix}'), 'w', encoding='utf-8') as f:
            f.write(text)


if __name__ == '__main__':
    main()
