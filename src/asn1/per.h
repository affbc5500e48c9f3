/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the PER engine: where we are (for error places), and what decoder and encoder share. */
#ifndef PST_ASN1_PER_H
#define PST_ASN1_PER_H

#include "asn1/asn1.h"
#include "asn1/bits.h"
#include "asn1/field.h"

enum {
	PER_DEPTH_MAX = 100,   /* whatever the caller allows: the machine's stack is finite */
	PER_FRAGMENT = 16384,  /* units in a fragment of the general length form */
	PER_INTEGER_MAX = 1024, /* octets of an INTEGER without bounds */
};

/* The way down to the value at hand, on the machine's stack. NAME is NULL for a list element. */
struct per_frame {
	const struct per_frame *up;
	const char *name;
	uint32_t index;
};

/* Fills ERR (may be NULL) and returns CODE. */
int per_fail(struct asn1_err *err, const struct per_frame *top, size_t bit, int code, const char *what);

/* Whether the value of F, at AT, is its DEFAULT. */
bool per_is_default(const struct asn1_field *f, const void *at);

/* Whether a component of the struct at IN goes out: a mandatory one always, also where it is missing, which is an error
 * then; a DEFAULT not when it is equal to it (X.691 19.5, X.690 11.5). */
static inline bool per_is_sent(const struct asn1_field *f, const void *in)
{
	if ((f->flags & ASN1_F_OPTIONAL) == 0)
		return true;
	return field_is_present(f, in) && ((f->flags & ASN1_F_DEFAULT) == 0 || !per_is_default(f, field_at(f, in)));
}

/* X.690 8.19: one number at least, and the last one ends. */
static inline bool per_is_oid(struct pst_slice s)
{
	return s.n > 0 && s.p != NULL && (s.p[s.n - 1] & 0x80) == 0;
}

struct per_decoder {
	struct bits_in in;
	struct arena *arena;
	const struct per_frame *top;
	struct asn1_err *err;
	uint32_t elements; /* still allowed */
	unsigned depth;    /* still allowed */
};

struct per_encoder {
	struct bits_out out;
	size_t start; /* octets in the writer before us */
	const struct per_frame *top;
	struct asn1_err *err;
	unsigned depth;
};

/* Units of a length, as read. MORE: a fragment, another length follows its content. */
struct per_length {
	size_t n;
	bool more;
	bool general; /* the general form: already aligned */
};

/* per_decode_value.c */
int per_dec_fail(struct per_decoder *d, int code, const char *what);
int per_no_memory(const struct per_decoder *d);
void *per_dec_alloc(struct per_decoder *d, size_t n, size_t size);
PST_MUST_CHECK int per_dec_whole(struct per_decoder *d, const struct asn1_span *s, uint64_t *offset);
PST_MUST_CHECK int per_dec_general(struct per_decoder *d, struct per_length *len);
PST_MUST_CHECK int per_dec_size(struct per_decoder *d, const struct asn1_span *s, struct per_length *len);
PST_MUST_CHECK int per_dec_small(struct per_decoder *d, uint32_t *v);
PST_MUST_CHECK int per_dec_open(struct per_decoder *d, struct pst_slice *s, size_t *origin);
PST_MUST_CHECK int per_dec_integer(struct per_decoder *d, const struct asn1_type *t, void *out);
PST_MUST_CHECK int per_dec_string(struct per_decoder *d, const struct asn1_type *t, void *out);

/* per_encode_value.c */
int per_enc_fail(struct per_encoder *e, int code, const char *what);
PST_MUST_CHECK int per_enc_whole(struct per_encoder *e, const struct asn1_span *s, uint64_t offset);
void per_enc_general(struct per_encoder *e, size_t n);
/* Writes the size N; *WHOLE says that its content goes out in one piece, else fragments must follow. */
PST_MUST_CHECK int per_enc_size(struct per_encoder *e, const struct asn1_span *s, size_t n, bool *whole);
/* Length and start of the next fragment of a content of which LEFT units are left: returns how many follow. */
size_t per_enc_fragment(struct per_encoder *e, size_t left);
void per_enc_small(struct per_encoder *e, uint32_t v);
void per_enc_open_octets(struct per_encoder *e, struct pst_slice s);
PST_MUST_CHECK int per_enc_integer(struct per_encoder *e, const struct asn1_type *t, const void *value);
PST_MUST_CHECK int per_enc_string(struct per_encoder *e, const struct asn1_type *t, const void *value);

#endif
