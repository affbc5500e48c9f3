/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys of T.124: what tells one application protocol, one kind of user data, from another. */
#ifndef PST_T124_KEY_H
#define PST_T124_KEY_H

#include "gcc_asn1.h"

/* The applications this project tells apart. */
enum t124_app {
	T124_APP_UNKNOWN,
	T124_APP_WHITEBOARD, /* T.126 {0 0 20 126 0 1} */
	T124_APP_FILE,       /* T.127 {0 0 20 127 0 1}, and without its last two numbers */
	T124_APP_SHARE,      /* T.128 {0 0 20 128 0 1}; not NetMeeting's S20, whose key is not known */
	T124_APP_CHAT,       /* T.134 {0 0 20 134 0 1}, and this project's for NetMeeting's chat format */
	T124_APP_CONTROL,    /* of what is shared: the same sessions as sharing's, never what a key names */
	T124_APP_N,
};

/* BER contents octets of {0 0 20 124 0 1}, the key of ConnectData. */
extern const struct pst_slice t124_protocol;
/* Our key for a session of chat in NetMeeting's format: NetMeeting's own key is not known. */
extern const char t124_key_chat[];

bool t124_key_eq(const struct gcc_key *a, const struct gcc_key *b);
enum t124_app t124_key_app(const struct gcc_key *key);
/* The key that names APP here; it points to constants. */
struct gcc_key t124_app_key(enum t124_app app);
/* "whiteboard", "file", "share", "chat", "control", "unknown": words of configuration and reports. */
const char *t124_app_str(enum t124_app app);

enum { T124_KEY_STRLEN = 96 };
/* "{0 0 20 126 0 1}" or "h221 b500534c \"...\"", escaped. Returns BUF. */
const char *t124_key_str(const struct gcc_key *key, char buf[static T124_KEY_STRLEN]);

#endif
