/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Master-slave determination (H.245 8.2, C.2 in later editions): one message
 * each way decides, unless the numbers are equal: then again with another one,
 * N100 times at most. Timer T106.
 */
#ifndef PST_CALL_MSD_H
#define PST_CALL_MSD_H

#include "call/proc.h"
#include "call/timers.h"

#include <stdbool.h>

enum msd_state { MSD_IDLE, MSD_OUTGOING, MSD_INCOMING };
enum msd_status { MSD_INDETERMINATE, MSD_MASTER, MSD_SLAVE };

struct msd {
	uint8_t state;
	uint8_t status;        /* enum msd_status, valid after PROC_CONFIRM */
	uint8_t tries;
	uint8_t terminal_type;
	uint32_t number;       /* our statusDeterminationNumber, 24 bits */
};

/* Which of us is master, by terminal types and numbers. */
enum msd_status msd_compare(uint8_t our_type, uint32_t our_number, uint32_t peer_type, uint32_t peer_number);

/* Each returns 0 or PST_E_STATE (ignore the message) and says in OUT what to do: PROC_SEND_REQUEST (with m->number),
 * PROC_SEND_ACK (with the decision !master for the peer: it is master when m->status is MSD_SLAVE), PROC_SEND_REJECT,
 * PROC_SEND_RELEASE, PROC_START and PROC_STOP of T106, PROC_CONFIRM, PROC_FAIL, PROC_ERROR.
 * RANDOM: a number for the next try. */
PST_MUST_CHECK int msd_start(struct msd *m, uint32_t random, struct proc_out *out);
PST_MUST_CHECK int msd_request(struct msd *m, uint32_t peer_type, uint32_t peer_number, uint32_t random,
	struct proc_out *out);
PST_MUST_CHECK int msd_ack(struct msd *m, bool we_are_master, struct proc_out *out);
PST_MUST_CHECK int msd_reject(struct msd *m, uint32_t random, struct proc_out *out);
PST_MUST_CHECK int msd_release(struct msd *m, struct proc_out *out);
PST_MUST_CHECK int msd_expiry(struct msd *m, struct proc_out *out);

#endif
