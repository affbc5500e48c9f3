/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* LDAP: any octets as a message, as a filter, as a name; what can be read writes back to what reads the same. */
#include <stdlib.h>

#include "ldap/ber.h"
#include "ldap/dn.h"
#include "ldap/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
	if (!good)
		abort();
}

static void message(struct pst_slice in, struct arena *a)
{
	static uint8_t once[1 << 17], twice[1 << 17];
	struct writer w = wr_of(once, sizeof once), w2 = wr_of(twice, sizeof twice);
	struct ldap_msg m;
	if (ldap_decode(&m, in, &ldap_limits_default, a) || ldap_encode(&w, &m))
		return;
	check(ldap_decode(&m, wr_slice(&w), &ldap_limits_default, a) == 0);
	check(ldap_encode(&w2, &m) == 0 && slice_eq(wr_slice(&w), wr_slice(&w2)));
}

static void filter(struct pst_slice in, struct arena *a)
{
	static uint8_t once[1 << 17];
	struct writer w = wr_of(once, sizeof once);
	struct ldap_filter f;
	char text[128];
	if (ldap_filter_decode(&f, in, &ldap_limits_default, a))
		return;
	check(strlen(ldap_filter_str(&f, text, sizeof text)) < sizeof text);
	ldap_filter_encode(&w, &f);
	check(wr_done(&w) == 0 && ldap_filter_decode(&f, wr_slice(&w), &ldap_limits_default, a) == 0);
}

static void name(struct pst_slice in, struct arena *a)
{
	static uint8_t out[1 << 17];
	struct writer w = wr_of(out, sizeof out);
	struct ldap_dn dn;
	if (ldap_dn_parse(&dn, in, a))
		return;
	for (uint32_t i = 0; i < dn.n; i++) {
		struct ldap_dn again;
		w.n = 0;
		wr_bytes(&w, slice_str("cn="));
		ldap_dn_write_value(&w, dn.parts[i].value);
		check(wr_done(&w) == 0 && ldap_dn_parse(&again, wr_slice(&w), a) == 0 && again.n == 1);
		check(slice_eq(again.parts[0].value, dn.parts[i].value));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	size_t n;
	if (size == 0 || size > 16384)
		return 0;
	const struct pst_slice in = slice_of(data + 1, size - 1);
	arena_init(&a, 1 << 20);
	(void)!ber_length(in, &n);
	if (data[0] % 3 == 0)
		message(in, &a);
	else if (data[0] % 3 == 1)
		filter(in, &a);
	else
		name(in, &a);
	arena_free(&a);
	return 0;
}
