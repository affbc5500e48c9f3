/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of a data conference: the node's own options and those of its applications. */
#ifndef PST_ENDPOINT_DATA_OPTIONS_H
#define PST_ENDPOINT_DATA_OPTIONS_H

#include "endpoint/data_node.h"
#include "endpoint/dest.h"

/* Reads ARGV into N, after data_node_new(), and whom to call into DEST. Returns -1 to go on, or an exit
 * status: help was printed, or what is wrong. */
int data_options(struct data_node *n, struct dest *dest, int argc, char **argv);

/* Takes the conference's own options, in full and as --name VALUE or --name=VALUE, out of ARGV, where others
 * are as well. PST_E_ARG: a value is missing or wrong, which was said. */
PST_MUST_CHECK int data_options_take(struct data_node *n, int *argc, char **argv);

#endif
