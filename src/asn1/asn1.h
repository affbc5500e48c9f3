/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ASN.1 by tables: tools/asn1c.py turns schema/<module>.asn into C structs and the
 * descriptors below; the engine decodes, encodes, prints and walks any value from
 * its descriptor. Encoding rules: BASIC-PER, ALIGNED variant (X.691), and BER (X.690). Pure:
 * no state but what the caller hands in, so any thread may call it.
 *
 * A decoded value lives in the caller's arena and borrows from the input: it is
 * valid as long as both are. How ASN.1 names and types look in C: README.md here.
 */
#ifndef PST_ASN1_ASN1_H
#define PST_ASN1_ASN1_H

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"
#include "base/writer.h"

/* ---- values ---- */

/*
 * INTEGER without both bounds. big.n > 0: its contents octets as received, because it does not fit V, or (BER only)
 * because the sender wrote V in another form than the shortest; to change such a value, clear both.
 */
struct asn1_integer {
	int64_t v;
	struct pst_slice big;
};

/* BIT STRING: bits left-justified in ceil(n_bits / 8) octets. */
struct asn1_bits {
	const uint8_t *p;
	size_t n_bits;
};

/* SEQUENCE OF and SET OF, with the element type erased. Elements stand side by side. */
struct asn1_list {
	uint32_t n;
	void *v;
};

/* An extension addition or alternative that the schema does not know, kept to be sent on. */
struct asn1_unknown {
	uint16_t index; /* among the extensions, from 0 */
	struct pst_slice octets;
};

/* Last member of every extensible SEQUENCE. */
struct asn1_ext {
	uint16_t received; /* length of the sender's presence bitmap; 0: built here, or none was sent */
	uint16_t n;        /* unknown additions, by rising index */
	struct asn1_unknown *unknown;
};

/* The choice member of a CHOICE whose alternative is not known: u.unknown holds it. */
#define ASN1_UNKNOWN UINT32_C(0xffffffff)

/* ---- descriptors (generated) ---- */

enum asn1_kind {
	ASN1_BOOLEAN,
	ASN1_NULL,
	ASN1_INTEGER,
	ASN1_ENUMERATED,
	ASN1_OCTET_STRING,
	ASN1_BIT_STRING,
	ASN1_OID,
	ASN1_STRING,     /* IA5String, VisibleString, PrintableString, NumericString, GeneralizedTime: an octet each */
	ASN1_BMP_STRING, /* two octets a character */
	ASN1_TEXT,       /* GeneralString, GraphicString, UTF8String: octets as they are */
	ASN1_SEQUENCE,
	ASN1_SEQUENCE_OF,
	ASN1_CHOICE,
	ASN1_UNKNOWN_EXTENSION, /* only met when walking: the value is a struct asn1_unknown */
};

/* How a whole number within bounds goes out (X.691 11.5); lengths and indexes are such numbers too. */
enum asn1_span_form {
	ASN1_SPAN_NONE,   /* no bounds */
	ASN1_SPAN_BITS,   /* BITS bits, not aligned */
	ASN1_SPAN_OCTETS, /* BITS octets, aligned */
	ASN1_SPAN_LENGTH, /* a length in BITS bits, then that many octets, aligned */
	ASN1_SPAN_SEMI,   /* a lower bound only; as a size: the general length form */
};

#define ASN1_NO_BOUND INT64_MAX

/* Tags: a class and a number below 2^24. */
#define ASN1_UNIVERSAL   UINT32_C(0x00000000)
#define ASN1_APPLICATION UINT32_C(0x40000000)
#define ASN1_CONTEXT     UINT32_C(0x80000000)

struct asn1_span {
	uint8_t form;
	uint8_t bits;
	bool extensible;
	int64_t lb, ub;
};

enum asn1_store { ASN1_STORE_U32, ASN1_STORE_I64, ASN1_STORE_BIG };

struct asn1_field;

struct asn1_type {
	const char *name;   /* the ASN.1 name; of a nameless type, what it is */
	uint8_t kind;       /* enum asn1_kind */
	uint8_t store;      /* enum asn1_store of an INTEGER */
	uint8_t char_bits;  /* bits of a character on the wire */
	uint8_t n_alphabet;
	bool extensible;    /* SEQUENCE with "..."; otherwise span.extensible says it */
	bool by_index;      /* characters go out as their index in ALPHABET */
	bool aligned;       /* characters start on an octet */
	uint16_t n_root;    /* components, alternatives, enumeration items before "..." */
	uint16_t n_fields;  /* all of them */
	uint16_t n_optional; /* presence bits of the root */
	uint16_t min_bits;  /* least bits a value takes */
	uint32_t size;      /* octets of the C value */
	uint32_t tag;       /* its own, class and number; 0: a CHOICE */
	uint32_t ext_offset; /* when extensible: of struct asn1_ext in a SEQUENCE, of u.unknown in a CHOICE */
	struct asn1_span span; /* INTEGER: the value; strings, SEQUENCE OF: the size; CHOICE, ENUMERATED: index */
	const struct asn1_field *fields;
	const struct asn1_type *element;   /* of a SEQUENCE OF */
	const struct asn1_type *contained; /* what an OCTET STRING carries, or NULL */
	const char *const *names;          /* enumeration items */
	const char *alphabet;              /* rising */
};

enum { ASN1_F_OPTIONAL = 1, ASN1_F_POINTER = 2, ASN1_F_DEFAULT = 4 };

/* A component or alternative. */
struct asn1_field {
	const char *name; /* ASN.1's own */
	const struct asn1_type *type;
	uint16_t offset;     /* of the value or the pointer to it (unused for NULL) */
	uint16_t has_offset; /* of has_x, when optional and no pointer */
	uint16_t flags;
	int32_t default_value; /* with ASN1_F_DEFAULT */
	uint32_t tag;          /* what stands for or, before a CHOICE, around the type's own; 0: nothing */
};

/* What FIELDS of an empty SEQUENCE points to. */
extern const struct asn1_field asn1_no_fields[1];

/* ---- decode and encode ---- */

struct asn1_limits {
	uint16_t depth;    /* constructed types within each other */
	uint32_t elements; /* values in all, list elements and unknown extensions included */
};

/* Ample for any real message: depth 40, 65536 elements. Octets are bounded by the arena's cap. */
extern const struct asn1_limits asn1_limits_default;

/* Where and why a value was refused. */
struct asn1_err {
	int code;         /* the PST_E_ that was returned */
	uint32_t bit;     /* from the start of the outermost value */
	char path[160];   /* "h323-uu-pdu.h323-message-body.setup.sourceAddress[2]", cut when longer */
	const char *what; /* a phrase; never NULL after an error */
};

/*
 * Decodes IN into the struct at OUT (t->size octets, zeroed here). LIM may be NULL (the default), ERR may
 * be NULL. *USED gets the octets consumed; when USED is NULL, octets left over are PST_E_BAD.
 * Accepts what a tolerant receiver must: non-canonical forms, any padding, presence bitmaps shorter and
 * longer than the schema's, absent mandatory additions, octets left over inside a known extension.
 * Errors: PST_E_SHORT, PST_E_BAD, PST_E_LIMIT (limits or arena cap), PST_E_RANGE (an extensible integer past
 * 64 bits).
 */
PST_MUST_CHECK int asn1_per_decode(const struct asn1_type *t, struct pst_slice in, const struct asn1_limits *lim,
	struct arena *a, void *out, size_t *used_octets, struct asn1_err *err);

/*
 * Encodes VALUE, appended to W in whole octets, at least one. A value that was decoded and not changed gives
 * the octets it came from, if those were canonical. Errors: PST_E_RANGE (a value, length or choice outside
 * its type), PST_E_SPACE, PST_E_LIMIT (nested deeper than any decoder allows). On error W is as before.
 */
PST_MUST_CHECK int asn1_per_encode(const struct asn1_type *t, const void *value, struct writer *w,
	struct asn1_err *err);

/*
 * The same by the Basic Encoding Rules (X.690). IN is one element, of definite or indefinite length. Accepts lengths and
 * integers that are not the shortest, an unsigned integer whose first bit is set where the type has no negative values
 * (RDP writes them so), strings in pieces, unknown elements in an extensible SEQUENCE: those are left out. With USED,
 * octets may follow. Besides the errors of PER, PST_E_UNSUPPORTED: a BIT STRING in pieces.
 */
PST_MUST_CHECK int asn1_ber_decode(const struct asn1_type *t, struct pst_slice in, const struct asn1_limits *lim,
	struct arena *a, void *out, size_t *used_octets, struct asn1_err *err);

/* Definite lengths, all in the shortest form. PST_E_RANGE also for an unknown alternative: BER gives it no tag. */
PST_MUST_CHECK int asn1_ber_encode(const struct asn1_type *t, const void *value, struct writer *w,
	struct asn1_err *err);

/*
 * How long the element is that IN begins with, from its head alone: *TOTAL octets, and its tag. PST_E_AGAIN: the head is
 * not whole; PST_E_BAD: no head; PST_E_UNSUPPORTED: an indefinite length.
 */
PST_MUST_CHECK int asn1_ber_head(struct pst_slice in, uint32_t *tag, size_t *total);

/* ---- print ---- */

typedef void(asn1_write_h)(void *arg, const char *text, size_t n);

struct asn1_out {
	asn1_write_h *write;
	void *arg;
	/* When set, OCTET STRINGs known to carry a PER value are decoded here and printed below; else as hex. */
	struct arena *arena;
	unsigned indent; /* levels to start at */
};

/* Prints VALUE as an indented tree, a line a component, ending in a newline. Peer text is escaped. */
void asn1_print(const struct asn1_type *t, const void *value, struct asn1_out *out);
/* The same into BUF (always NUL-terminated, cut when long). Returns the characters it would take. */
size_t asn1_print_buf(const struct asn1_type *t, const void *value, char *buf, size_t cap);

/* ---- walk ---- */

/* One stop of a walk; lives during the call of the handler. */
struct asn1_node {
	const struct asn1_type *type;
	void *value;                    /* NULL for NULL types */
	const struct asn1_field *field; /* in the parent SEQUENCE or CHOICE; NULL for the root and list elements */
	uint32_t index;                 /* of a list element */
	const struct asn1_node *parent; /* NULL for the root */
};

enum asn1_walk { ASN1_WALK_CONTINUE = 0, ASN1_WALK_SKIP = 1, ASN1_WALK_REMOVE = 2 };

/* Returns an enum asn1_walk, or a negative error that ends the walk. */
typedef int(asn1_walk_h)(const struct asn1_node *node, void *arg);

/*
 * Visits VALUE and everything below it that is present, a parent before its children, in schema order; unknown
 * extensions last, as ASN1_UNKNOWN_EXTENSION. The handler may change values in place. SKIP leaves out the
 * children. REMOVE makes an optional component or unknown addition absent, or takes an element out of its list;
 * asked for anything else it is PST_E_ARG. What an OCTET STRING carries (type->contained) is left to the
 * handler. Returns 0 or the handler's error; PST_E_LIMIT past the default depth.
 */
int asn1_walk(const struct asn1_type *t, void *value, asn1_walk_h *h, void *arg);

/* The path of NODE ("setup.sourceAddress[2]") within BUF (cap > 0), NUL-terminated, its beginning cut when long. */
const char *asn1_node_path(const struct asn1_node *node, char *buf, size_t cap);

#endif
