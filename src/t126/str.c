/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Summaries of SIPDUs. */
#include <inttypes.h>

#include "base/text.h"
#include "t126/msg.h"
#include "t126/netmeeting.h"

static const char *name_of(const struct asn1_type *t, uint32_t choice)
{
	return choice < t->n_fields ? t->fields[choice].name : "unknown";
}

static void add_workspace(struct text *l, const struct t126_workspace_identifier *w)
{
	uint32_t handle;
	if (t126_workspace_handle(w, &handle))
		text_add(l, " %" PRIu32, handle);
	else
		text_add(l, " of an archive");
}

static void add_plane(struct text *l, const struct t126_soft_copy_data_plane_address *p)
{
	text_add(l, " on %" PRIu32 "/%" PRIu32, p->workspace_handle, p->plane);
}

static void add_drawing(struct text *l, const struct t126_drawing_create_pdu *p)
{
	const struct t126_drawing_destination_address *to = &p->destination_address;
	if (p->has_drawing_handle)
		text_add(l, " %" PRIu32, p->drawing_handle);
	text_add(l, " %s", name_of(&t126_drawing_type_type, p->drawing_type.choice));
	if (to->choice == T126_DRAWING_DESTINATION_ADDRESS_SOFT_COPY_ANNOTATION_PLANE)
		add_plane(l, to->u.soft_copy_annotation_plane);
	text_add(l, " points %" PRIu32, p->point_list.u.points_diff4.n); /* alike in all three */
}

static void add_bitmap(struct text *l, const struct t126_bitmap_create_pdu *p)
{
	const struct t126_bitmap_destination_address *to = &p->destination_address;
	text_add(l, " %" PRIu32 " %s %" PRIu32 "x%" PRIu32, p->bitmap_handle,
		name_of(&t126_bitmap_format_header_type, p->bitmap_format_header.choice),
		p->bitmap_size.width, p->bitmap_size.height);
	if (to->choice == T126_BITMAP_DESTINATION_ADDRESS_SOFT_COPY_IMAGE_PLANE ||
		to->choice == T126_BITMAP_DESTINATION_ADDRESS_SOFT_COPY_ANNOTATION_PLANE)
		add_plane(l, to->u.soft_copy_image_plane); /* both alternatives are of one type */
	else if (to->choice == T126_BITMAP_DESTINATION_ADDRESS_SOFT_COPY_POINTER_PLANE)
		text_add(l, " pointer on %" PRIu32, to->u.soft_copy_pointer_plane->workspace_handle);
	text_add(l, " octets %zu%s", p->bitmap_data != NULL ? p->bitmap_data->data.n : 0,
		p->more_to_follow ? " more" : "");
}

static void add_non_standard(struct text *l, const struct t126_non_standard_parameter *p)
{
	struct t126_text text;
	if (t126_text_read(&text, p) != 0)
		text_add(l, " octets %zu", p->data.n);
	else
		text_add(l, " text %" PRIu32 " %s on %" PRIu32, text.handle,
			text.op == T126_TEXT_CREATE   ? "create"
			: text.op == T126_TEXT_DELETE ? "delete"
						      : "edit",
			text.workspace);
}

const char *t126_str(const t126_pdu *m, char buf[static T126_STRLEN])
{
	struct text l = text_in(buf, T126_STRLEN);
	text_add(&l, "%s", name_of(&t126_sipdu_type, m->choice));
	switch (m->choice) {
	case T126_SIPDU_BITMAP_ABORT_PDU:
		text_add(&l, " %" PRIu32, m->u.bitmap_abort_pdu->bitmap_handle);
		break;
	case T126_SIPDU_BITMAP_CREATE_PDU: add_bitmap(&l, m->u.bitmap_create_pdu); break;
	case T126_SIPDU_BITMAP_CREATE_CONTINUE_PDU:
		text_add(&l, " %" PRIu32 " octets %zu%s", m->u.bitmap_create_continue_pdu->bitmap_handle,
			m->u.bitmap_create_continue_pdu->bitmap_data.data.n,
			m->u.bitmap_create_continue_pdu->more_to_follow ? " more" : "");
		break;
	case T126_SIPDU_BITMAP_DELETE_PDU:
		text_add(&l, " %" PRIu32, m->u.bitmap_delete_pdu->bitmap_handle);
		break;
	case T126_SIPDU_BITMAP_EDIT_PDU:
		text_add(&l, " %" PRIu32, m->u.bitmap_edit_pdu->bitmap_handle);
		break;
	case T126_SIPDU_DRAWING_CREATE_PDU: add_drawing(&l, m->u.drawing_create_pdu); break;
	case T126_SIPDU_DRAWING_DELETE_PDU:
		text_add(&l, " %" PRIu32, m->u.drawing_delete_pdu->drawing_handle);
		break;
	case T126_SIPDU_DRAWING_EDIT_PDU:
		text_add(&l, " %" PRIu32, m->u.drawing_edit_pdu->drawing_handle);
		break;
	case T126_SIPDU_SI_NON_STANDARD_PDU:
		add_non_standard(&l, &m->u.si_non_standard_pdu->non_standard_transaction);
		break;
	case T126_SIPDU_WORKSPACE_CREATE_PDU:
		add_workspace(&l, &m->u.workspace_create_pdu->workspace_identifier);
		text_add(&l, " %ux%u planes %" PRIu32,
			(unsigned)m->u.workspace_create_pdu->workspace_size.width,
			(unsigned)m->u.workspace_create_pdu->workspace_size.height,
			m->u.workspace_create_pdu->plane_parameters.n);
		break;
	case T126_SIPDU_WORKSPACE_CREATE_ACKNOWLEDGE_PDU:
		add_workspace(&l, &m->u.workspace_create_acknowledge_pdu->workspace_identifier);
		break;
	case T126_SIPDU_WORKSPACE_DELETE_PDU:
		add_workspace(&l, &m->u.workspace_delete_pdu->workspace_identifier);
		break;
	case T126_SIPDU_WORKSPACE_EDIT_PDU:
		add_workspace(&l, &m->u.workspace_edit_pdu->workspace_identifier);
		break;
	case T126_SIPDU_WORKSPACE_READY_PDU:
		add_workspace(&l, &m->u.workspace_ready_pdu->workspace_identifier);
		break;
	case T126_SIPDU_WORKSPACE_REFRESH_STATUS_PDU:
		text_add(&l, " %s", m->u.workspace_refresh_status_pdu->refresh_status ? "true" : "false");
		break;
	default: break;
	}
	return buf;
}
