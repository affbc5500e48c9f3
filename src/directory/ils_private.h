/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shared by the files of the ILS front end only. */
#ifndef PST_DIRECTORY_ILS_PRIVATE_H
#define PST_DIRECTORY_ILS_PRIVATE_H

#include "directory/ils.h"
#include "ldap/dn.h"

/* One message being answered. */
struct ils_ctx {
	struct ils_session *s;
	const struct ldap_msg *m;
	struct arena *a;
	uint64_t now_ms;
	struct writer *w;
};

/* What a name points at. */
struct ils_target {
	bool known;             /* it has a cn or uid */
	bool application;       /* the application object of the person */
	enum directory_kind kind;
	struct pst_slice key;
	struct pst_slice klass; /* objectClass in the name; may be empty */
};
/* PST_E_BAD, PST_E_LIMIT, PST_E_NOMEM. */
PST_MUST_CHECK int ils_target(struct ils_target *out, struct pst_slice dn, struct arena *a);

/* ils_attr.c: an attribute under whatever name clients have for it. */
struct ils_attr_ref {
	uint8_t group;         /* enum directory_attr_group */
	struct pst_slice name; /* as asked */
};
static inline struct ils_attr_ref ils_attr_ref(struct pst_slice name)
{
	return (struct ils_attr_ref){ directory_attr_group(name), name };
}
/* Is an attribute called NAME this one? */
bool ils_attr_is(const struct ils_attr_ref *ref, struct pst_slice name);

enum { ILS_ATTRS = 128 }; /* of an entry, at most */

/* Who looks at which entry when: values depend on all three. */
struct ils_view {
	const struct directory *dir;
	const struct directory_entry *e;
	const struct directory_asker *asker;
	uint64_t now_ms;
	struct directory_person head;
	struct directory_attr_at attrs[ILS_ATTRS];
	uint32_t n_attrs;
	char text[16]; /* holds a value that is made up; good until the next one */
};
void ils_view_init(struct ils_view *v, const struct directory *dir, const struct directory_entry *e,
	const struct directory_asker *asker, uint64_t now_ms);
/* The Ith value. False past the last. */
bool ils_view_value(struct ils_view *v, const struct ils_attr_ref *ref, uint32_t i, struct pst_slice *value);

/* ils_filter.c */
bool ils_filter_match(const struct ldap_filter *f, struct ils_view *v);
/* The exact name that every match must have: cn= or uid= without wildcards in the outermost AND. */
bool ils_filter_key(const struct ldap_filter *f, enum directory_kind *kind, struct pst_slice *key);
/* The minutes of an sttl term in the outermost AND. */
bool ils_filter_sttl(const struct ldap_filter *f, uint32_t *minutes);

/* ils_search.c, ils_change.c: operations. Those that return int return ILS_DONE, ILS_MORE or ILS_CLOSE. */
int ils_search(struct ils_ctx *c, struct pst_slice octets);
void ils_root(struct ils_ctx *c);
int32_t ils_add(struct ils_ctx *c);
int32_t ils_modify(struct ils_ctx *c);
int32_t ils_delete(struct ils_ctx *c);
int32_t ils_compare(struct ils_ctx *c);
void ils_extended(struct ils_ctx *c);

/* An answer of tag OP. */
void ils_result(struct writer *w, int32_t id, uint8_t op, int32_t code, const char *text);
int32_t ils_code_of(int err);
PST_MUST_CHECK int ils_number(struct pst_slice text, uint32_t *out);

#endif
