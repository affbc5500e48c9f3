/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/err.h"

const char *pst_strerror(int err)
{
	switch ((enum pst_err)err) {
	case PST_OK: return "no error";
	case PST_E_SHORT: return "message too short";
	case PST_E_BAD: return "malformed";
	case PST_E_LIMIT: return "limit reached";
	case PST_E_NOMEM: return "out of memory";
	case PST_E_RANGE: return "value out of range";
	case PST_E_STATE: return "not permitted in this state";
	case PST_E_ARG: return "wrong argument";
	case PST_E_SYS: return "system error";
	case PST_E_DENIED: return "refused by policy";
	case PST_E_SPACE: return "no space in output";
	case PST_E_UNSUPPORTED: return "not supported";
	case PST_E_NOT_FOUND: return "not found";
	case PST_E_AGAIN: return "incomplete";
	case PST_E_BUSY: return "in use";
	}
	return "unknown error";
}
