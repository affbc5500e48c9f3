/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the monitor opens on behalf of its children. All descriptors are closed on exec and the caller's. */
#ifndef PST_PRIV_OPEN_H
#define PST_PRIV_OPEN_H

#include <sys/types.h>

#include "base/addr.h"
#include "priv/msg.h"

/* A listening TCP socket on ADDR that takes only what comes in on INTERFACE (NULL: any). PST_E_BUSY: the port
 * is taken; PST_E_SYS. */
PST_MUST_CHECK int priv_open_listener(const struct addr *addr, const char *interface, int *fd);

/* A UDP socket on ADDR, likewise; where GROUP is an IPv4 multicast address or the broadcast address, with port, on that
 * instead, the former joined on the interface that has ADDR. PST_E_BUSY, PST_E_SYS. */
PST_MUST_CHECK int priv_open_datagram(const struct addr *addr, const struct addr *group, const char *interface, int *fd);

/* A listening unix stream socket at PATH, mode 0660, of group GID (-1: ours). Makes the last folder of PATH
 * where missing, and takes the place of a socket that nobody listens on. PST_E_BUSY: somebody does;
 * PST_E_SYS. */
PST_MUST_CHECK int priv_open_control(const char *path, gid_t gid, int *fd);

/* FILE in the folder DIR (made where missing), for reading and writing, made with mode 0600. Follows no link.
 * PST_E_SYS. */
PST_MUST_CHECK int priv_open_state(const char *dir, enum priv_file file, int *fd);

/* A sealed anonymous file with TEXT in it: who gets it can read it, nobody can change it. PST_E_SYS. */
PST_MUST_CHECK int priv_open_text(struct pst_slice text, int *fd);

/* Makes the folder NAME in the state directory DIR, owned by UID and GID where CHANGE is set, for a child that opens
 * files in it by itself; DIR becomes passable for it. PST_E_SYS. */
PST_MUST_CHECK int priv_make_state_folder(const char *dir, const char *name, bool change, uid_t uid, gid_t gid);

#endif
