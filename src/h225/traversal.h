/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Features of H.460 as H.225.0 carries them (FeatureSet, GenericData), and what H.460.18 says in them: to an endpoint behind
 * somebody else's NAT, that it is called, and where it has to connect to.
 */
#ifndef PST_H225_TRAVERSAL_H
#define PST_H225_TRAVERSAL_H

#include "base/addr.h"
#include "h225_asn1.h"

enum { H225_FEATURE_SIGNALLING_TRAVERSAL = 18, H225_FEATURE_MEDIA_TRAVERSAL = 19 };

/* Whether FS (may be NULL) needs, desires or supports the standard feature ID. */
bool h225_feature_has(const struct h225_feature_set *fs, int64_t id);
/* Makes *D the standard feature ID, without parameters. */
void h225_feature_build(struct h225_generic_data *d, int64_t id);
/* Makes *D the feature by which a server says that it is one for H.460.19 (mediaTraversalServer). PST_E_NOMEM. */
PST_MUST_CHECK int h225_media_server_build(struct h225_generic_data *d, struct arena *a);
/* Whether D is H.460.19 as a client has it: it does not say that it is a server. */
bool h225_media_client_is(const struct h225_generic_data *d);
/* Makes *FS a set that supports the N features of LIST, which is borrowed. */
void h225_features_build(struct h225_feature_set *fs, struct h225_generic_data *list, uint32_t n);

/* Puts the feature F behind those that the list *V of *N elements has, *HAS says whether it is there. In A. PST_E_NOMEM. */
PST_MUST_CHECK int h225_feature_add(bool *has, struct h225_generic_data **v, uint32_t *n, const struct h225_generic_data *f,
	struct arena *a);

/* H.460.18's IncomingCallIndication as generic data of a ServiceControlIndication: the call CALL_ID waits at TO. PST_E_NOMEM. */
PST_MUST_CHECK int h225_incoming_call_build(
	struct h225_generic_data *d, const struct addr *to, const uint8_t call_id[static 16], struct arena *a);
/* The first of the N generic data of LIST that is one. PST_E_NOT_FOUND: none is; else as of a decoder, PST_E_UNSUPPORTED:
 * no address of IP. */
PST_MUST_CHECK int h225_incoming_call_read(const struct h225_generic_data *list, uint32_t n, struct arena *a, struct addr *to,
	uint8_t call_id[static 16]);

/* The first message on the connection that a called endpoint opens for CALL_ID: a Facility, as h225_encode() writes it. Errors
 * as of that, PST_E_NOMEM. */
PST_MUST_CHECK int h225_summoned_build(struct writer *w, const uint8_t call_id[static 16], struct arena *a);

#endif
