/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One line of a control client: whatever it is, a request comes out whole or a reason does. */
#include <stdlib.h>

#include "daemon/control_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct control_request r;
	const char *why = NULL;
	const int rc = control_request_parse(&r, slice_of(data, size), &why);
	if (rc == PST_OK ? r.cmd > CONTROL_LEASE : why == NULL)
		abort();
	return 0;
}
