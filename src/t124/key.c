/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keys known here. An h221NonStandard key begins with country code, extension and manufacturer (H.221
 * Annex A). */
#include "t124/key.h"

#include "base/text.h"

static const uint8_t oid_t124[] = {0x00, 0x14, 0x7c, 0x00, 0x01};
const struct pst_slice t124_protocol = {oid_t124, sizeof oid_t124};
const char t124_key_chat[] = "\xb5\x00\x53\x4c"
                             "Postern 1 Chat";
enum { CHAT_KEY_LEN = sizeof t124_key_chat - 1 };

/* {0 0 20 t 0 1}: 128 and above take two octets. */
static const uint8_t oid_t126[] = {0x00, 0x14, 0x7e, 0x00, 0x01};
static const uint8_t oid_t127[] = {0x00, 0x14, 0x7f, 0x00, 0x01};
static const uint8_t oid_t128[] = {0x00, 0x14, 0x81, 0x00, 0x00, 0x01};
static const uint8_t oid_t134[] = {0x00, 0x14, 0x81, 0x06, 0x00, 0x01};

static const struct {
	struct pst_slice oid;
	enum t124_app app;
} objects[] = {
        {{oid_t126, sizeof oid_t126}, T124_APP_WHITEBOARD},
        {{oid_t127, sizeof oid_t127}, T124_APP_FILE},
        {{oid_t128, sizeof oid_t128}, T124_APP_SHARE},
        {{oid_t134, sizeof oid_t134}, T124_APP_CHAT},
};

bool t124_key_eq(const struct gcc_key *a, const struct gcc_key *b)
{
	return a->choice == b->choice &&
	       slice_eq(a->u.object, b->u.object); /* both alternatives are slices */
}

enum t124_app t124_key_app(const struct gcc_key *key)
{
	const struct pst_slice s = key->u.object;
	if (key->choice == GCC_KEY_H221_NON_STANDARD)
		return slice_eq(s, slice_of(t124_key_chat, CHAT_KEY_LEN)) ? T124_APP_CHAT : T124_APP_UNKNOWN;
	for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++) {
		const struct pst_slice oid = objects[i].oid;
		if (slice_eq(s, oid) || slice_eq(s, slice_of(oid.p, oid.n - 2)))
			return objects[i].app;
	}
	return T124_APP_UNKNOWN;
}

struct gcc_key t124_app_key(enum t124_app app)
{
	if (app == T124_APP_CHAT)
		return (struct gcc_key){.choice = GCC_KEY_H221_NON_STANDARD,
		        .u.h221_non_standard = slice_of(t124_key_chat, CHAT_KEY_LEN)};
	for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++)
		if (objects[i].app == app)
			return (struct gcc_key){.choice = GCC_KEY_OBJECT, .u.object = objects[i].oid};
	return (struct gcc_key){.choice = GCC_KEY_OBJECT, .u.object = t124_protocol};
}

const char *t124_app_str(enum t124_app app)
{
	static const char *const names[T124_APP_N] = {"unknown", "whiteboard", "file", "share", "chat", "control"};
	return app < T124_APP_N ? names[app] : names[0];
}

static void add_oid(struct text *l, struct pst_slice s)
{
	uint32_t v = 0;
	bool first = true;
	for (size_t i = 0; i < s.n; i++) {
		v = v << 7 | (s.p[i] & 0x7f);
		if ((s.p[i] & 0x80) != 0)
			continue;
		if (first)
			text_add(l, "{%u %u", (unsigned)(v < 80 ? v / 40 : 2),
			        (unsigned)(v < 80 ? v % 40 : v - 80));
		else
			text_add(l, " %u", (unsigned)v);
		first = false;
		v = 0;
	}
	text_add(l, "}");
}

const char *t124_key_str(const struct gcc_key *key, char buf[static T124_KEY_STRLEN])
{
	struct text l = text_in(buf, T124_KEY_STRLEN);
	const struct pst_slice s = key->u.object;
	if (key->choice == GCC_KEY_OBJECT) {
		add_oid(&l, s);
		return buf;
	}
	text_add(&l, "h221 ");
	for (size_t i = 0; i < s.n && i < 4; i++)
		text_add(&l, "%02x", s.p[i]);
	if (s.n > 4) {
		text_add(&l, " \"");
		text_add_safe(&l, slice_of(s.p + 4, s.n - 4), 1);
		text_add(&l, "\"");
	}
	return buf;
}
