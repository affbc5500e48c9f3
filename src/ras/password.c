/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ras/password.h"

#include <nettle/md5.h>

#include "h225/build.h"

enum { TOKEN_MAX = 2048 };

const uint8_t ras_oid_md5[8] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05 };

/* The BMP string of TEXT, ended with a NUL character where NUL. */
static bool bmp(struct pst_slice *out, const char *text, bool nul, struct arena *a)
{
	struct pst_slice s;
	if (h225_bmp_from_utf8(&s, text, a) != 0)
		return false;
	uint8_t *p = arena_alloc(a, s.n + 2);
	if (p == NULL)
		return false;
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	*out = slice_of(p, s.n + (nul ? 2 : 0));
	return true;
}

bool ras_password_digest(uint8_t out[static RAS_MD5_SIZE], const char *name, bool name_nul, const char *password,
	bool password_nul, uint32_t stamp, struct arena *a)
{
	static const uint8_t oid_none[1] = { 0 }; /* 0.0 */
	uint8_t octets[TOKEN_MAX];
	struct writer w = wr_of(octets, sizeof octets);
	struct h235_clear_token clear = { .token_oid = slice_of(oid_none, 1), .has_time_stamp = true, .time_stamp = stamp,
		.has_password = true, .has_general_id = true };
	struct md5_ctx md5;
	if (!bmp(&clear.general_id, name, name_nul, a) || !bmp(&clear.password, password, password_nul, a) ||
		asn1_per_encode(&h235_clear_token_type, &clear, &w, NULL) != 0)
		return false;
	md5_init(&md5);
	md5_update(&md5, w.n, octets);
	md5_digest(&md5, RAS_MD5_SIZE, out);
	return true;
}
