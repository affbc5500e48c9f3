/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The directory kept in a store: what a directory_config wants, carried out by src/store. Lifetimes go by
 * the wall clock, so that an entry that was registered for half an hour before a restart of ten minutes has the
 * rest of it afterwards.
 */
#ifndef PST_DIRECTORY_KEEP_H
#define PST_DIRECTORY_KEEP_H

#include "directory/model.h"
#include "store/store.h"

/* Kinds of store items 0..15 are the directory's. */
enum { DIRECTORY_STORE_FIRST = 0, DIRECTORY_STORE_LAST = 15 };

/* S is borrowed and must outlive the directory. */
struct directory_store directory_keep(struct store *s);

#endif
