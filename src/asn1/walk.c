/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One visit to every part of a value, by its descriptor; the visitor may change it and take parts out. */
#include "asn1/field.h"

#include <stdio.h>

enum { WALK_DEPTH = 100 };

static const struct asn1_type unknown_type = {
	.name = "unknown extension",
	.kind = ASN1_UNKNOWN_EXTENSION,
	.size = sizeof(struct asn1_unknown),
};

struct walker {
	asn1_walk_h *h;
	void *arg;
	unsigned depth;
};

static int visit(struct walker *w, const struct asn1_node *node);

static int take_out(const struct asn1_field *f, void *in)
{
	void *none = NULL;
	if ((f->flags & ASN1_F_OPTIONAL) == 0)
		return PST_E_ARG;
	if ((f->flags & ASN1_F_POINTER) != 0)
		memcpy((uint8_t *)in + f->offset, &none, sizeof none);
	else
		*(bool *)((uint8_t *)in + f->has_offset) = false;
	return 0;
}

static int walk_unknown(struct walker *w, const struct asn1_node *node, struct asn1_ext *ext)
{
	for (uint16_t i = 0; i < ext->n;) {
		const struct asn1_node child = { &unknown_type, &ext->unknown[i], NULL, ext->unknown[i].index, node };
		const int rc = w->h(&child, w->arg);
		if (rc < 0)
			return rc;
		if (rc == ASN1_WALK_REMOVE) {
			ext->n--;
			memmove(&ext->unknown[i], &ext->unknown[i + 1], (size_t)(ext->n - i) * sizeof ext->unknown[0]);
		} else {
			i++;
		}
	}
	return 0;
}

static int walk_sequence(struct walker *w, const struct asn1_node *node)
{
	const struct asn1_type *t = node->type;
	for (const struct asn1_field *f = t->fields; f < t->fields + t->n_fields; f++) {
		if (!field_is_present(f, node->value))
			continue;
		const struct asn1_node child = { f->type,
			f->type->kind == ASN1_NULL ? NULL : field_at(f, node->value), f, 0, node };
		int rc = visit(w, &child);
		if (rc == ASN1_WALK_REMOVE)
			rc = take_out(f, node->value);
		if (rc < 0)
			return rc;
	}
	if (!t->extensible)
		return 0;
	return walk_unknown(w, node, (struct asn1_ext *)((uint8_t *)node->value + t->ext_offset));
}

static int walk_choice(struct walker *w, const struct asn1_node *node)
{
	const struct asn1_type *t = node->type;
	const uint32_t index = *(const uint32_t *)node->value;
	int rc = 0;
	if (index < t->n_fields) {
		const struct asn1_field *f = &t->fields[index];
		const struct asn1_node child = { f->type,
			f->type->kind == ASN1_NULL ? NULL : field_at(f, node->value), f, 0, node };
		if (child.value != NULL || f->type->kind == ASN1_NULL)
			rc = visit(w, &child);
	} else if (index == ASN1_UNKNOWN && t->span.extensible) {
		struct asn1_unknown *u = (struct asn1_unknown *)((uint8_t *)node->value + t->ext_offset);
		const struct asn1_node child = { &unknown_type, u, NULL, u->index, node };
		rc = w->h(&child, w->arg);
	}
	return rc == ASN1_WALK_REMOVE ? PST_E_ARG : rc < 0 ? rc : 0;
}

static int walk_list(struct walker *w, const struct asn1_node *node)
{
	const struct asn1_type *e = node->type->element;
	struct asn1_list *list = node->value;
	for (uint32_t i = 0; i < list->n;) {
		uint8_t *at = list->v == NULL ? NULL : (uint8_t *)list->v + (size_t)i * e->size;
		const struct asn1_node child = { e, at, NULL, i, node };
		const int rc = visit(w, &child);
		if (rc < 0)
			return rc;
		if (rc == ASN1_WALK_REMOVE) {
			list->n--;
			if (at != NULL)
				memmove(at, at + e->size, (size_t)(list->n - i) * e->size);
		} else {
			i++;
		}
	}
	return 0;
}

/* The handler first, then what lies below; REMOVE is handed up to the owner. */
static int visit(struct walker *w, const struct asn1_node *node)
{
	int rc = w->h(node, w->arg);
	if (rc != ASN1_WALK_CONTINUE)
		return rc == ASN1_WALK_SKIP ? 0 : rc;
	if (node->type->kind != ASN1_SEQUENCE && node->type->kind != ASN1_CHOICE && node->type->kind != ASN1_SEQUENCE_OF)
		return 0;
	if (w->depth == 0)
		return PST_E_LIMIT;
	w->depth--;
	rc = node->type->kind == ASN1_SEQUENCE ? walk_sequence(w, node)
	     : node->type->kind == ASN1_CHOICE ? walk_choice(w, node)
					       : walk_list(w, node);
	w->depth++;
	return rc;
}

int asn1_walk(const struct asn1_type *t, void *value, asn1_walk_h *h, void *arg)
{
	struct walker w = { h, arg, WALK_DEPTH };
	const struct asn1_node root = { t, value, NULL, 0, NULL };
	const int rc = visit(&w, &root);
	return rc == ASN1_WALK_REMOVE ? PST_E_ARG : rc;
}

const char *asn1_node_path(const struct asn1_node *node, char *buf, size_t cap)
{
	size_t at = cap - 1; /* filled from the end: the near part matters most */
	buf[at] = '\0';
	for (; node->parent != NULL; node = node->parent) {
		char part[80];
		const bool list = node->field == NULL;
		const bool top = node->parent->parent == NULL;
		const int n = list ? snprintf(part, sizeof part, "%s[%u]", node->type == &unknown_type && !top ? ".unknown"
								: node->type == &unknown_type ? "unknown" : "", (unsigned)node->index)
				   : snprintf(part, sizeof part, "%s%s", top ? "" : ".", node->field->name);
		if (n < 0 || (size_t)n > at || (size_t)n >= sizeof part)
			break;
		at -= (size_t)n;
		memcpy(buf + at, part, (size_t)n);
	}
	return buf + at;
}
