/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the PER decoder and encoder share: default limits and the place of an error. */
#include "asn1/per.h"

#include <stdio.h>

const struct asn1_limits asn1_limits_default = { .depth = 40, .elements = 65536 };

const struct asn1_field asn1_no_fields[1] = { { .name = "" } };

static void path_put(const struct per_frame *f, char *buf, size_t cap, size_t *n)
{
	if (f == NULL)
		return;
	path_put(f->up, buf, cap, n);
	if (*n + 1 >= cap)
		return;
	const int k = f->name != NULL ? snprintf(buf + *n, cap - *n, "%s%s", *n > 0 ? "." : "", f->name)
				      : snprintf(buf + *n, cap - *n, "[%u]", (unsigned)f->index);
	if (k > 0)
		*n = (size_t)k < cap - *n ? *n + (size_t)k : cap - 1;
}

int per_fail(struct asn1_err *err, const struct per_frame *top, size_t bit, int code, const char *what)
{
	if (err != NULL) {
		size_t n = 0;
		err->code = code;
		err->bit = bit > UINT32_MAX ? UINT32_MAX : (uint32_t)bit;
		err->what = what;
		err->path[0] = '\0';
		path_put(top, err->path, sizeof err->path, &n);
	}
	return code;
}

bool per_is_default(const struct asn1_field *f, const void *at)
{
	if (f->type->kind == ASN1_BOOLEAN)
		return *(const bool *)at == (f->default_value != 0);
	if (f->type->store == ASN1_STORE_U32)
		return (int64_t)*(const uint32_t *)at == f->default_value;
	if (f->type->store == ASN1_STORE_I64)
		return *(const int64_t *)at == f->default_value;
	const struct asn1_integer *v = at;
	return v->big.n == 0 && v->v == f->default_value;
}
