/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Attribute names in the spellings clients use, so that an entry keeps one octet for
 * each, and which of them mean the same. The row's number is kept in entries only, not
 * on disk.
 */
#include "directory/model_private.h"

#define NAME(text, group) { { (const uint8_t *)(text), sizeof(text) - 1 }, (group) }

/* Rows of one group are one attribute under several names. */
static const struct {
	struct pst_slice name;
	uint8_t group;
} names[] = {
	{ { NULL, 0 }, 0 },
	NAME("cn", DIRECTORY_A_CN), NAME("givenname", DIRECTORY_A_GIVENNAME), NAME("surname", DIRECTORY_A_SURNAME),
	NAME("rfc822mailbox", DIRECTORY_A_MAIL), NAME("location", DIRECTORY_A_LOCATION), NAME("comment", DIRECTORY_A_COMMENT),
	NAME("c", DIRECTORY_A_C), NAME("o", DIRECTORY_A_O), NAME("sipaddress", DIRECTORY_A_ADDRESS), NAME("sport", DIRECTORY_A_PORT),
	NAME("sflags", DIRECTORY_A_FLAGS), NAME("sttl", DIRECTORY_A_STTL), NAME("ssecurity", DIRECTORY_A_TOKEN),
	NAME("sappid", DIRECTORY_A_APPLICATION), NAME("sappguid", DIRECTORY_A_GUID), NAME("sprotid", DIRECTORY_A_PROTOCOL),
	NAME("sprotguid", DIRECTORY_A_PROTOCOL_GUID), NAME("smimetype", DIRECTORY_A_MIME),
	NAME("sprotmimetype", DIRECTORY_A_PROTOCOL_MIME), NAME("sappname", DIRECTORY_A_APPLICATION_NAME),
	NAME("ilsA26214430", DIRECTORY_A_IN_CALL), NAME("ilsA26279966", DIRECTORY_A_VERSION), NAME("ilsA32833566", DIRECTORY_A_AUDIO),
	NAME("ilsA32964638", DIRECTORY_A_VIDEO), NAME("ilsA39321630", DIRECTORY_A_CATEGORY), NAME("objectClass", DIRECTORY_A_CLASS),
	NAME("uid", DIRECTORY_A_UID), NAME("entryTTL", DIRECTORY_A_ENTRY_TTL), NAME("smodop", DIRECTORY_A_SMODOP),
	NAME("protocolId", DIRECTORY_A_PROTOCOL), NAME("conferenceBlob", DIRECTORY_A_BLOB),
	NAME("ntSecurityDescriptor", DIRECTORY_A_DESCRIPTOR),
	/* other spellings and other names */
	NAME("ilsa26214430", DIRECTORY_A_IN_CALL), NAME("ilsa26279966", DIRECTORY_A_VERSION), NAME("ilsa32833566", DIRECTORY_A_AUDIO),
	NAME("ilsa32964638", DIRECTORY_A_VIDEO), NAME("ilsa39321630", DIRECTORY_A_CATEGORY), NAME("objectclass", DIRECTORY_A_CLASS),
	NAME("givenName", DIRECTORY_A_GIVENNAME), NAME("surName", DIRECTORY_A_SURNAME), NAME("sn", DIRECTORY_A_SURNAME),
	NAME("rfc822Mailbox", DIRECTORY_A_MAIL), NAME("mail", DIRECTORY_A_MAIL), NAME("ipAddress", DIRECTORY_A_ADDRESS),
	NAME("port", DIRECTORY_A_PORT), NAME("sFlags", DIRECTORY_A_FLAGS), NAME("securityToken", DIRECTORY_A_TOKEN),
	NAME("applicationID", DIRECTORY_A_APPLICATION), NAME("guid", DIRECTORY_A_GUID), NAME("protocolID", DIRECTORY_A_PROTOCOL),
	NAME("protocolGuid", DIRECTORY_A_PROTOCOL_GUID), NAME("mimeType", DIRECTORY_A_MIME),
	NAME("protocolMimeType", DIRECTORY_A_PROTOCOL_MIME), NAME("appName", DIRECTORY_A_APPLICATION_NAME),
};
enum { NAMES = sizeof names / sizeof *names };

uint8_t name_id(struct pst_slice name)
{
	for (uint32_t i = 1; i < NAMES; i++)
		if (slice_eq(names[i].name, name))
			return (uint8_t)i;
	return 0;
}

struct pst_slice name_of_id(uint8_t id)
{
	return names[id < NAMES ? id : 0].name;
}

uint8_t name_group(uint8_t id)
{
	return names[id < NAMES ? id : 0].group;
}

uint8_t directory_attr_group(struct pst_slice name)
{
	for (uint32_t i = 1; i < NAMES; i++)
		if (slice_eq_nocase(names[i].name, name))
			return names[i].group;
	return 0;
}
