/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The endpoint's commands as a program of their own, for the tests: what `postern` is, without the rest of
 * it. */
#include "endpoint/endpoint.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "call"))
		return endpoint_call_main(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "answer"))
		return endpoint_answer_main(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "tone"))
		return endpoint_tone_main(argc - 1, argv + 1);
	fputs("usage: endpoint_program call|answer|tone ...\n", stderr);
	return 2;
}
