/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cryptoEPPwdHash (H.235): MD5 over the PER encoding of a ClearToken with the name, the password and the time, which itself
 * is not sent. Products differ in whether name and password end with a NUL character.
 */
#ifndef PST_RAS_PASSWORD_H
#define PST_RAS_PASSWORD_H

#include "base/arena.h"

enum { RAS_MD5_SIZE = 16 };

/* 1.2.840.113549.2.5 */
extern const uint8_t ras_oid_md5[8];

/* The digest of NAME and PASSWORD (UTF-8) at STAMP, seconds since 1970. False: they can not be, or memory is out. */
bool ras_password_digest(uint8_t out[static RAS_MD5_SIZE], const char *name, bool name_nul, const char *password,
	bool password_nul, uint32_t stamp, struct arena *a);

#endif
