/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The endpoint's commands, as the program `postern` calls them. Each takes its
 * own argument vector (argv[0] is the command's name), writes to standard
 * output and standard error and returns the exit status of postern(1).
 */
#ifndef PST_ENDPOINT_ENDPOINT_H
#define PST_ENDPOINT_ENDPOINT_H

#include <stdbool.h>

/* postern call DEST: one call. 0: answered, and audio came both ways; 1: not so; 2: usage. */
int endpoint_call_main(int argc, char **argv);
/* postern answer: answers calls. 0: audio came both ways in all of them; 1: not so; 2: usage. */
int endpoint_answer_main(int argc, char **argv);
/* The same with --data: a data conference, without H.323. 0: it took place; 1: not; 2: usage. */
int endpoint_data_main(int argc, char **argv);
/* Whether ARGV has --data. */
bool endpoint_is_data(int argc, char **argv);
/* postern tone FILE [--json]: what a recording sounds like. 0: measured; 1: it cannot be read; 2: usage. */
int endpoint_tone_main(int argc, char **argv);

#endif
