/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Attribute names in the spellings clients use, so that an entry keeps one octet for
 * each. The number is kept on disk: new names are added at the end.
 */
#include "directory/model_private.h"

static const char *const names[] = {
	NULL, "cn", "givenname", "surname", "rfc822mailbox", "location", "comment", "c", "o", "sipaddress", "sport", "sflags",
	"sttl", "ssecurity", "sappid", "sappguid", "sprotid", "sprotguid", "smimetype", "sprotmimetype", "sappname",
	"ilsA26214430", "ilsA26279966", "ilsA32833566", "ilsA32964638", "ilsA39321630", "ilsa26214430", "ilsa26279966",
	"ilsa32833566", "ilsa32964638", "ilsa39321630", "objectClass", "objectclass", "givenName", "surName", "rfc822Mailbox",
	"ipAddress", "sFlags", "entryTTL", "securityToken", "uid", "protocolId", "conferenceBlob", "ntSecurityDescriptor",
};
enum { NAMES = sizeof names / sizeof *names };

uint8_t name_id(struct pst_slice name)
{
	for (uint8_t i = 1; i < NAMES; i++)
		if (names[i][0] == (char)(name.n ? name.p[0] : 0) && slice_eq(slice_str(names[i]), name))
			return i;
	return 0;
}

struct pst_slice name_of_id(uint8_t id)
{
	return id == 0 || id >= NAMES ? slice_of(NULL, 0) : slice_str(names[id]);
}
