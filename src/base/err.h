/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Error codes of the whole tree. Functions that can fail return 0 or one of these (negative). */
#ifndef PST_BASE_ERR_H
#define PST_BASE_ERR_H

enum pst_err {
	PST_OK = 0,
	PST_E_SHORT = -1,       /* the message ends before what it announces */
	PST_E_BAD = -2,         /* not what the standard allows */
	PST_E_LIMIT = -3,       /* a limit of depth, elements or bytes was reached */
	PST_E_NOMEM = -4,       /* out of memory */
	PST_E_RANGE = -5,       /* a value is outside what the type can carry */
	PST_E_STATE = -6,       /* not permitted in this state */
	PST_E_ARG = -7,         /* the caller's argument is wrong */
	PST_E_SYS = -8,         /* the operating system refused; errno says why */
	PST_E_DENIED = -9,      /* policy refused */
	PST_E_SPACE = -10,      /* the output buffer is full */
	PST_E_UNSUPPORTED = -11, /* well formed, but not something we do */
	PST_E_NOT_FOUND = -12,
	PST_E_AGAIN = -13,      /* not whole yet: call again with more */
	PST_E_BUSY = -14,       /* the resource is used by somebody else */
};

/* A short English phrase for ERR; never NULL. */
const char *pst_strerror(int err);

#define PST_MUST_CHECK __attribute__((warn_unused_result))
#define PST_PRINTF(f, a) __attribute__((format(printf, f, a)))

#endif
