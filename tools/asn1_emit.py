# SPDX-License-Identifier: LGPL-2.1-or-later
"""Turns parsed modules into C: structs and enumerations in the header, descriptor tables in the source."""
import re

from asn1_parse import Asn1Error, Field, Type

KEYWORDS = set('''auto bool break case char const continue default do double else enum extern false float for goto if
    inline int long register restrict return short signed sizeof static struct switch true typedef union unsigned
    void volatile while'''.split())
WORDS = {'ECpoint': 'ec_point', 'DHset': 'dh_set', 'DHsetExt': 'dh_set_ext', 'altGKisPermanent': 'alt_gk_is_permanent',
         'securityDHmismatch': 'security_dh_mismatch', 'maxMCSPDUsize': 'max_mcspdu_size'}

U32_MAX = (1 << 32) - 1
NO_BOUND = 'ASN1_NO_BOUND'
STRING_BITS = {'IA5String': 8, 'VisibleString': 8, 'PrintableString': 8, 'NumericString': 4, 'BMPString': 16,
               'GeneralizedTime': 8}
TEXTS = ('GeneralString', 'GraphicString', 'UTF8String')     # no alphabet and no size that PER could see
UNIVERSAL = {'BOOLEAN': 1, 'INTEGER': 2, 'BIT STRING': 3, 'OCTET STRING': 4, 'NULL': 5, 'OBJECT IDENTIFIER': 6,
             'ENUMERATED': 10, 'UTF8String': 12, 'SEQUENCE': 16, 'SEQUENCE OF': 16, 'NumericString': 18,
             'PrintableString': 19, 'IA5String': 22, 'GeneralizedTime': 24, 'GraphicString': 25, 'VisibleString': 26,
             'GeneralString': 27, 'BMPString': 30}
KINDS = {'BOOLEAN': 'BOOLEAN', 'NULL': 'NULL', 'INTEGER': 'INTEGER', 'ENUMERATED': 'ENUMERATED',
         'OCTET STRING': 'OCTET_STRING', 'BIT STRING': 'BIT_STRING', 'OBJECT IDENTIFIER': 'OID',
         'GeneralString': 'TEXT', 'GraphicString': 'TEXT', 'UTF8String': 'TEXT', 'SEQUENCE': 'SEQUENCE', 'SEQUENCE OF': 'SEQUENCE_OF',
         'CHOICE': 'CHOICE'}


def snake(name):
    """ASN.1 name to C: OpenLogicalChannel -> open_logical_channel, iPAddress -> ip_address."""
    if name in WORDS:
        return WORDS[name]
    n = name.replace('-', '_').replace('QoS', 'Qos').replace('qoS', 'qos')
    n = re.sub(r'(SNR|SP|MP|HP|Spatial)at(?=[A-Z])', r'\1_at_', n)                # MPatML: profile at level
    n = re.sub(r'([A-Z]{2,}s)(?=[A-Z]|$)', lambda m: m.group().capitalize(), n)   # UUIEsX, terminalIDs
    n = re.sub(r'^([a-z])(?=[A-Z])', lambda m: m.group().upper(), n)              # iPAddress
    n = re.sub(r'([A-Z]+)([A-Z][a-z])', r'\1_\2', n)
    n = re.sub(r'([a-z0-9])([A-Z])', r'\1_\2', n)
    return re.sub('_+', '_', n).lower()


def member(name):
    s = snake(name)
    return s + '_' if s in KEYWORDS else s


class Emitter:
    def __init__(self, module, prefix, modules, prefixes):
        self.m, self.prefix, self.modules, self.prefixes = module, prefix, modules, prefixes
        self.structs = {}      # C struct name -> definition, in order of first need
        self.enums = []
        self.protos = []
        self.tables = []
        self.plain = {}        # text of a primitive descriptor -> its C name
        self.used = set()      # other modules we include

    # ---- references

    def lookup(self, name, module):
        if name in module.types:
            return module.types[name]
        if name in module.imports:
            source = self.modules.get(module.imports[name])
            if source and name in source.types:
                return source.types[name]
        raise Asn1Error(f'{module.name}: type {name} is not known')

    def resolve(self, t, module):
        """Follows references: (type, module, home), home the assigned type that names the C struct."""
        home = t if t.name else None
        while t.kind == 'REF':
            target = self.lookup(t.ref, module)
            module = target.module
            if t.lb is not None or t.ub is not None or t.size or t.alphabet or t.wide or t.contained:
                target = self.narrow(t, *self.resolve(target, module)[:2])
                return target, module, None
            t = home = target
        return t, module, home

    @staticmethod
    def narrow(t, base, module):
        n = Type(**{**base.__dict__, 'name': None, 'module': module})
        if t.size:
            n.size = t.size
        if t.lb is not None or t.ub is not None:
            # X.680: a further constraint narrows what the parent allows; PER sees the intersection
            low = [b for b in (t.lb, base.lb) if b is not None]
            high = [b for b in (t.ub, base.ub) if b is not None]
            n.lb, n.ub = max(low, default=None), min(high, default=None)
            n.extensible = t.extensible
        n.alphabet = t.alphabet or base.alphabet
        n.wide = t.wide or base.wide
        n.contained = t.contained or base.contained
        return n

    def prefix_of(self, module):
        p = self.prefixes[module.name]
        if module is not self.m:
            self.used.add(p)
        return p

    # ---- C types

    def integer_store(self, t):
        if t.lb is None or t.ub is None:
            return 'BIG', 'struct asn1_integer'
        if not t.extensible and t.lb >= 0 and t.ub <= U32_MAX:
            return 'U32', 'uint32_t'
        if t.lb < -(1 << 63) or t.ub >= 1 << 63:
            raise Asn1Error(f'line {t.line}: the range does not fit 64 bits')
        return 'I64', 'int64_t'

    def c_type(self, t, module, cname):
        """C type of a value; cname names it where the type has no name of its own."""
        t, module, home = self.resolve(t, module)
        k = t.kind
        if k in ('SEQUENCE', 'CHOICE') or (k == 'SEQUENCE OF' and home):
            return 'struct ' + (f'{self.prefix_of(module)}_{snake(home.name)}' if home else cname)
        if k == 'SEQUENCE OF':
            return f'struct {{ uint32_t n; {self.c_element(t, module, cname)} *v; }}'
        if k == 'INTEGER':
            return self.integer_store(t)[1]
        return {'BOOLEAN': 'bool', 'ENUMERATED': 'uint32_t', 'BIT STRING': 'struct asn1_bits',
                'NULL': None}.get(k, 'struct pst_slice')

    def c_element(self, t, module, cname):
        e, em, home = self.resolve(t.element, module)
        if e.kind == 'NULL':
            return 'uint8_t'
        if e.kind == 'SEQUENCE OF' and not home:
            return f'struct {cname}_list'
        return self.c_type(t.element, module, cname)

    def constructed(self, t, module):
        return self.resolve(t, module)[0].kind in ('SEQUENCE', 'CHOICE')

    # ---- one assigned or anonymous type: its C definition and its descriptor; returns the descriptor's C name

    def descriptor(self, t, module, cname):
        t, tm, home = self.resolve(t, module)
        if home:
            return f'{self.prefix_of(home.module)}_{snake(home.name)}_type'
        if t.kind in ('SEQUENCE', 'CHOICE', 'ENUMERATED'):
            return self.define(t, tm, cname, False)
        return self.plain_descriptor(t, tm, cname)

    def plain_descriptor(self, t, module, cname):
        """Nameless types that look alike share one descriptor."""
        body = self.body(t, module, cname)
        if body not in self.plain:
            self.plain[body] = name = f'{self.prefix}_plain_{len(self.plain)}'
            self.tables.append(f'static const struct asn1_type {name} = {body};\n')
        return self.plain[body]

    def define(self, t, module, cname, public):
        if t.kind in ('SEQUENCE', 'CHOICE', 'ENUMERATED'):
            getattr(self, 'define_' + t.kind.lower())(t, module, cname)
        if t.kind == 'SEQUENCE OF' and public:
            self.structs[cname] = (f'struct {cname} {{\n\tuint32_t n;\n'
                                   f'\t{self.c_element(t, module, cname + "_item")} *v;\n}};\n')
        body = self.body(t, module, cname + '_item' if t.kind == 'SEQUENCE OF' else cname)
        self.protos.append(f'extern const struct asn1_type {cname}_type;\n')
        self.tables.append(f'const struct asn1_type {cname}_type = {body};\n')
        return f'{cname}_type'

    def label(self, t, cname):
        return t.name or cname[len(self.prefix) + 1:]

    def define_enumerated(self, t, module, cname):
        up = cname.upper()
        rows = ''.join(f'\t{up}_{snake(n).upper()} = {i},\n' for i, (n, _) in enumerate(t.root + t.additions))
        self.enums.append(f'enum {cname} {{\n{rows}\t{up}_N = {len(t.root + t.additions)},\n}};\n')
        if not module.automatic and [v for _, v in t.root] != list(range(len(t.root))):
            raise Asn1Error(f'line {t.line}: enumeration values that are not 0, 1, 2... are not supported')
        names = ', '.join(f'"{n}"' for n, _ in t.root + t.additions)
        self.tables.append(f'static const char *const {cname}_names[] = {{ {names} }};\n')

    def define_sequence(self, t, module, cname):
        rows, table = [], []
        for i, f in enumerate(t.root + t.additions):
            addition = i >= len(t.root)
            optional = f.optional or addition
            sub, name = f'{cname}_{snake(f.name)}', member(f.name)
            kind, (c, pointer) = self.resolve(f.type, module)[0].kind, self.storage(f.type, module, sub, optional)
            has = optional and not pointer
            if has:
                rows.append(f'\tbool has_{snake(f.name)};\n')
            if c:
                rows.append(f'\t{c} {"*" if pointer else ""}{name};\n')
            self.item_struct(f.type, module, sub)
            flags = [w for w, on in (('ASN1_F_OPTIONAL', optional), ('ASN1_F_POINTER', pointer),
                                     ('ASN1_F_DEFAULT', f.default is not None)) if on]
            at = f'offsetof(struct {cname}, {name})' if c else '0'
            at_has = f'offsetof(struct {cname}, has_{snake(f.name)})' if has else '0'
            default = self.default(f, kind)
            table.append(f'\t{{ "{f.name}", &{self.descriptor(f.type, module, sub)}, {at}, {at_has}, '
                         f'{" | ".join(flags) or "0"}, {default}, {self.field_tag(t, f, i, module)} }},\n')
        if t.extensible:
            rows.append('\tstruct asn1_ext ext;\n')
        if not rows:
            rows.append('\tuint8_t empty;\n')
        self.structs[cname] = f'struct {cname} {{\n{"".join(rows)}}};\n'
        if table:
            self.tables.append(f'static const struct asn1_field {cname}_fields[] = {{\n{"".join(table)}}};\n')

    def define_choice(self, t, module, cname):
        up, rows, table, names = cname.upper(), [], [], []
        for i, f in enumerate(t.root + t.additions):
            sub = f'{cname}_{snake(f.name)}'
            c, pointer = self.storage(f.type, module, sub, True)
            names.append(f'\t{up}_{snake(f.name).upper()} = {i},\n')
            if c:
                rows.append(f'\t\t{c} {"*" if pointer else ""}{member(f.name)};\n')
            self.item_struct(f.type, module, sub)
            table.append(f'\t{{ "{f.name}", &{self.descriptor(f.type, module, sub)}, '
                         f'{f"offsetof(struct {cname}, u)" if c else "0"}, 0, '
                         f'{"ASN1_F_POINTER" if pointer else "0"}, 0, {self.field_tag(t, f, i, module)} }},\n')
        self.check_order(t, module)
        names.append(f'\t{up}_N = {len(table)},\n')
        text = f'enum {cname}_choice {{\n{"".join(names)}}};\n'
        if t.extensible:
            rows.append('\t\tstruct asn1_unknown unknown;\n')
            if not any(snake(f.name) == 'unknown' for f in t.root + t.additions):
                text += f'#define {up}_UNKNOWN ASN1_UNKNOWN\n'
        self.enums.append(text)
        union = f'\tunion {{\n{"".join(rows)}\t}} u;\n' if rows else ''
        self.structs[cname] = f'struct {cname} {{\n\tuint32_t choice;\n{union}}};\n'
        self.tables.append(f'static const struct asn1_field {cname}_fields[] = {{\n{"".join(table)}}};\n')

    # ---- tags: BER sends them, PER takes the order of alternatives from them

    @staticmethod
    def tag_text(tag):
        return f'ASN1_{tag[0]} | {tag[1]}'

    def type_tag(self, t):
        """Of the type itself; a CHOICE has none."""
        if t.kind == 'CHOICE':
            return None
        number = UNIVERSAL[t.kind] + (1 if t.is_set else 0)
        return t.tag or ('UNIVERSAL', number)

    def field_tag(self, t, f, i, module):
        """What stands before a component's type, or 0 where the type has its own (X.680 24.7)."""
        if module.automatic:
            return self.tag_text(('CONTEXT', i))
        return self.tag_text(f.type.tag) if f.type.tag else '0'

    def check_order(self, t, module):
        """X.680 8.6: PER numbers alternatives by tag; the schemas list them in that order."""
        if module.automatic:
            return
        rank = ['UNIVERSAL', 'APPLICATION', 'CONTEXT']
        tags = []
        for f in t.root:
            tag = f.type.tag or self.type_tag(self.resolve(f.type, module)[0])
            if tag is None:
                raise Asn1Error(f'line {t.line}: {f.name} is a CHOICE without a tag')
            tags.append((rank.index(tag[0]), tag[1]))
        if any(a >= b for a, b in zip(tags, tags[1:])):
            raise Asn1Error(f'line {t.line}: the alternatives are not in the order of their tags')

    def storage(self, ft, module, sub, by_pointer):
        """(C type or None, kept as a pointer)."""
        return self.c_type(ft, module, sub), by_pointer and self.constructed(ft, module)

    def item_struct(self, ft, module, sub):
        """A nameless list of nameless lists needs a struct for the inner one."""
        t, tm, home = self.resolve(ft, module)
        if t.kind == 'SEQUENCE OF' and not home:
            e, em, ehome = self.resolve(t.element, tm)
            if e.kind == 'SEQUENCE OF' and not ehome:
                self.structs[sub + '_list'] = (f'struct {sub}_list {{\n\tuint32_t n;\n'
                                               f'\t{self.c_element(e, em, sub)} *v;\n}};\n')

    @staticmethod
    def default(f, kind):
        if f.default is None:
            return '0'
        if kind == 'BOOLEAN':
            return '1' if f.default == 'TRUE' else '0'
        if kind == 'INTEGER':
            return str(int(f.default))
        raise Asn1Error(f'{f.name}: DEFAULT of {kind} is not supported')

    # ---- descriptor bodies

    @staticmethod
    def span(lb, ub, ext):
        """struct asn1_span: how a constrained whole number lb..ub goes out (X.691 clause 11.5)."""
        form, bits = 'ASN1_SPAN_NONE', 0
        if lb is not None and ub is not None:
            r = ub - lb + 1
            if r <= 255:
                form, bits = 'ASN1_SPAN_BITS', (r - 1).bit_length()
            elif r == 256:
                form, bits = 'ASN1_SPAN_OCTETS', 1
            elif r <= 65536:
                form, bits = 'ASN1_SPAN_OCTETS', 2
            else:
                octets = ((r - 1).bit_length() + 7) // 8
                form, bits = 'ASN1_SPAN_LENGTH', (octets - 1).bit_length()
        elif lb is not None:
            form = 'ASN1_SPAN_SEMI'
        low = 'INT64_MIN' if lb is None else 'INT64_C(%d)' % lb
        high = NO_BOUND if ub is None else 'INT64_C(%d)' % ub
        return f'{{ {form}, {bits}, {str(bool(ext)).lower()}, {low}, {high} }}'

    def size_span(self, t):
        if t.kind in TEXTS or t.size is None:
            return '{ ASN1_SPAN_SEMI, 0, false, 0, ASN1_NO_BOUND }'
        lb, ub, ext = t.size
        if ub is None or ub >= 65536:      # not "less than 64K": the general form, lb not subtracted
            return f'{{ ASN1_SPAN_SEMI, 0, {str(ext).lower()}, {lb}, {NO_BOUND if ub is None else ub} }}'
        return self.span(lb, ub, ext)

    def body(self, t, module, cname):
        k = t.kind
        out = [f'.name = "{t.name or k}"' if t.name or k not in ('SEQUENCE', 'CHOICE')
               else f'.name = "{self.label(t, cname)}"']
        kind = KINDS.get(k) or ('BMP_STRING' if k == 'BMPString' else 'STRING')
        out.append(f'.kind = ASN1_{kind}')
        c = 'struct asn1_list' if k == 'SEQUENCE OF' else self.c_type(t, module, cname)
        out.append(f'.size = sizeof({c})' if c else '.size = 0')
        tag = self.type_tag(t)
        if tag:
            out.append(f'.tag = {self.tag_text(tag)}')
        bits = self.min_bits(t, module, ())
        if bits:
            out.append(f'.min_bits = {min(bits, 65535)}')
        if k == 'INTEGER':
            store = self.integer_store(t)[0]
            out += [f'.store = ASN1_STORE_{store}', f'.span = {self.span(t.lb, t.ub, t.extensible)}']
        elif k == 'ENUMERATED':
            out += self.counts(t) + [f'.span = {self.span(0, len(t.root) - 1, t.extensible)}', f'.names = {cname}_names']
        elif k == 'CHOICE':
            out += self.counts(t) + [f'.span = {self.span(0, len(t.root) - 1, t.extensible)}', f'.fields = {cname}_fields']
            if t.extensible:
                out.append(f'.ext_offset = offsetof(struct {cname}, u)')
        elif k == 'SEQUENCE':
            out += self.counts(t)
            out.append(f'.n_optional = {sum(f.optional for f in t.root)}')
            out.append(f'.fields = {cname}_fields' if t.root + t.additions else '.fields = asn1_no_fields')
            if t.extensible:
                out += ['.extensible = true', f'.ext_offset = offsetof(struct {cname}, ext)']
        elif k == 'SEQUENCE OF':
            out += [f'.span = {self.size_span(t)}', f'.element = &{self.descriptor(t.element, module, cname)}']
        elif k not in ('BOOLEAN', 'NULL', 'OBJECT IDENTIFIER'):
            out.append(f'.span = {self.size_span(t)}')
            if t.contained:
                out.append(f'.contained = &{self.descriptor(t.contained, module, cname)}')
            if k in STRING_BITS:
                out += self.characters(t)
        return '{\n\t' + ',\n\t'.join(out) + ',\n}'

    @staticmethod
    def counts(t):
        return [f'.n_root = {len(t.root)}', f'.n_fields = {len(t.root) + len(t.additions)}']

    @staticmethod
    def characters(t):
        """X.691 30.5: octets per character, and the alphabet when its index is what goes out."""
        bits, alphabet = STRING_BITS[t.kind], t.alphabet
        if t.kind == 'NumericString':
            alphabet = alphabet or ' 0123456789'
        if t.wide and t.wide < 256:
            bits = 8
        if alphabet:
            need, bits = (len(alphabet) - 1).bit_length(), 1
            while bits < need:
                bits *= 2
        out = [f'.char_bits = {bits}']
        if alphabet:
            out += [f'.alphabet = "{alphabet}"', f'.n_alphabet = {len(alphabet)}']
            if ord(max(alphabet)) > (1 << bits) - 1:
                out.append('.by_index = true')
        aub = None if t.size is None or t.size[1] is None or t.size[1] >= 65536 else t.size[1]
        fixed = t.size is not None and t.size[0] == t.size[1]
        if aub is None or (aub * bits > 16 if fixed else aub * bits >= 16):
            out.append('.aligned = true')
        return out

    def min_bits(self, t, module, above):
        """Least bits a value takes: a claimed number of elements can be checked against what is left."""
        t, module, home = self.resolve(t, module)
        k = t.kind
        if id(t) in above:
            return 0
        above += (id(t),)
        if k == 'BOOLEAN':
            return 1
        if k == 'SEQUENCE':
            return (int(t.extensible) + sum(1 if f.optional else self.min_bits(f.type, module, above)
                                            for f in t.root))
        if k in ('CHOICE', 'ENUMERATED'):
            index = int(t.extensible) + (len(t.root) - 1).bit_length()
            if k == 'ENUMERATED' or t.extensible:
                return index
            return index + min(self.min_bits(f.type, module, above) for f in t.root)
        if k == 'INTEGER' and t.lb is not None and t.ub is not None:
            return int(t.extensible) + (0 if t.lb == t.ub else 1 if t.ub - t.lb < 255 else 8)
        if k in ('INTEGER', 'OBJECT IDENTIFIER') + TEXTS:
            return 8
        return 0

    # ---- files

    def run(self):
        for name, t in self.m.types.items():
            cname = f'{self.prefix}_{snake(name)}'
            target, tm, home = self.resolve(t, self.m)
            if target is t:
                self.define(t, self.m, cname, True)
            elif target.kind in ('SEQUENCE', 'CHOICE', 'SEQUENCE OF'):
                continue           # another name of a struct: users get the one behind it
            else:
                named = Type(**{**target.__dict__, 'name': name, 'module': self.m})
                self.define(named, self.m, cname, True)

    def ordered(self):
        """Structs so that whatever is held by value comes first."""
        done, out = set(), []

        def put(name):
            if name in done:
                return
            done.add(name)
            for dep in re.findall(r'struct (\w+) (?!\*)\w+;', self.structs[name]):
                if dep in self.structs:
                    put(dep)
            out.append(self.structs[name])
        for name in self.structs:
            put(name)
        return out

    def header(self, source):
        guard = f'{self.prefix.upper()}_ASN1_H'
        uses = ''.join(f'#include "{u}_asn1.h"\n' for u in sorted(self.used))
        forward = ''.join(f'struct {s};\n' for s in sorted(self.structs))
        return (f'/* Generated by tools/asn1c.py from {source}; do not edit. */\n#ifndef {guard}\n#define {guard}\n\n'
                f'#include "asn1/asn1.h"\n{uses}\n{forward}\n' + '\n'.join(self.enums) + '\n'
                + '\n'.join(self.ordered()) + '\n' + ''.join(sorted(set(self.protos))) + '\n#endif\n')

    def source(self, source):
        tables = ''.join(self.tables)
        # every static descriptor is declared ahead: types refer to each other in any order
        ahead = ''.join(f'static const struct asn1_type {n};\n'
                        for n in re.findall(r'^static const struct asn1_type (\w+) =', tables, re.M))
        return (f'/* Generated by tools/asn1c.py from {source}; do not edit. */\n'
                f'#include "{self.prefix}_asn1.h"\n\n#include <stddef.h>\n\n{ahead}\n{tables}')
