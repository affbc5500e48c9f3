/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a component or alternative lies in its C value, and whether it is there; for the files of this folder. */
#ifndef PST_ASN1_FIELD_H
#define PST_ASN1_FIELD_H

#include "asn1/asn1.h"

/* The value of F in the struct (or union) at IN; NULL for a pointer that is not set. As with strchr(), whether it may be
 * written to is for whoever has IN to know. */
static inline void *field_at(const struct asn1_field *f, const void *in)
{
	void *at = (void *)((uintptr_t)in + f->offset);
	if ((f->flags & ASN1_F_POINTER) == 0)
		return at;
	void *p;
	memcpy(&p, at, sizeof p);
	return p;
}

static inline bool field_is_present(const struct asn1_field *f, const void *in)
{
	if ((f->flags & ASN1_F_POINTER) != 0)
		return field_at(f, in) != NULL;
	return (f->flags & ASN1_F_OPTIONAL) == 0 || *(const bool *)((const uint8_t *)in + f->has_offset);
}

#endif
