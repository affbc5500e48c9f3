/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Master-slave determination. */
#include "call/msd.h"

enum {
	EV_START,
	EV_REQUEST_DECIDED, /* the peer's number decides */
	EV_REQUEST_EQUAL,   /* it does not, and there is another try */
	EV_REQUEST_LAST,    /* it does not, and there is none */
	EV_ACK_AGREED,
	EV_ACK_OTHER,       /* the ack says what our own comparison did not */
	EV_REJECT,
	EV_REJECT_LAST,
	EV_RELEASE,
	EV_EXPIRY,
};

static const struct proc_row rows[] = {
	{ MSD_IDLE, EV_START, MSD_OUTGOING, { PROC_SEND_REQUEST, PROC_START } },
	{ MSD_IDLE, EV_REQUEST_DECIDED, MSD_INCOMING, { PROC_SEND_ACK, PROC_START } },
	{ MSD_IDLE, EV_REQUEST_EQUAL, MSD_IDLE, { PROC_SEND_REJECT } },
	{ MSD_IDLE, EV_REQUEST_LAST, MSD_IDLE, { PROC_SEND_REJECT } },
	{ MSD_OUTGOING, EV_REQUEST_DECIDED, MSD_INCOMING, { PROC_STOP, PROC_SEND_ACK, PROC_START } },
	{ MSD_OUTGOING, EV_REQUEST_EQUAL, MSD_OUTGOING, { PROC_STOP, PROC_SEND_REQUEST, PROC_START } },
	{ MSD_OUTGOING, EV_REQUEST_LAST, MSD_IDLE, { PROC_STOP, PROC_ERROR, PROC_FAIL } },
	{ MSD_OUTGOING, EV_ACK_AGREED, MSD_IDLE, { PROC_STOP, PROC_SEND_ACK, PROC_CONFIRM } },
	{ MSD_OUTGOING, EV_REJECT, MSD_OUTGOING, { PROC_STOP, PROC_SEND_REQUEST, PROC_START } },
	{ MSD_OUTGOING, EV_REJECT_LAST, MSD_IDLE, { PROC_STOP, PROC_ERROR, PROC_FAIL } },
	{ MSD_OUTGOING, EV_RELEASE, MSD_IDLE, { PROC_STOP, PROC_ERROR, PROC_FAIL } },
	{ MSD_OUTGOING, EV_EXPIRY, MSD_IDLE, { PROC_ERROR, PROC_SEND_RELEASE, PROC_FAIL } },
	{ MSD_INCOMING, EV_ACK_AGREED, MSD_IDLE, { PROC_STOP, PROC_CONFIRM } },
	{ MSD_INCOMING, EV_ACK_OTHER, MSD_IDLE, { PROC_STOP, PROC_ERROR, PROC_FAIL } },
	{ MSD_INCOMING, EV_REQUEST_DECIDED, MSD_IDLE, { PROC_STOP, PROC_ERROR, PROC_FAIL } },
	{ MSD_INCOMING, EV_REQUEST_EQUAL, MSD_IDLE, { PROC_STOP, PROC_ERROR, PROC_FAIL } },
	{ MSD_INCOMING, EV_REQUEST_LAST, MSD_IDLE, { PROC_STOP, PROC_ERROR, PROC_FAIL } },
	{ MSD_INCOMING, EV_REJECT, MSD_IDLE, { PROC_STOP, PROC_ERROR, PROC_FAIL } },
	{ MSD_INCOMING, EV_REJECT_LAST, MSD_IDLE, { PROC_STOP, PROC_ERROR, PROC_FAIL } },
	{ MSD_INCOMING, EV_RELEASE, MSD_IDLE, { PROC_STOP, PROC_FAIL } },
	{ MSD_INCOMING, EV_EXPIRY, MSD_IDLE, { PROC_ERROR, PROC_FAIL } },
};

static const struct proc_table table = { "MSDSE", rows, sizeof(rows) / sizeof(rows[0]) };

enum { NUMBER_MASK = 0xffffff, HALF = 0x800000 };

enum msd_status msd_compare(uint8_t our_type, uint32_t our_number, uint32_t peer_type, uint32_t peer_number)
{
	if (our_type != peer_type)
		return our_type > peer_type ? MSD_MASTER : MSD_SLAVE;
	const uint32_t diff = (peer_number - our_number) & NUMBER_MASK;
	if (diff == 0 || diff == HALF)
		return MSD_INDETERMINATE;
	return diff < HALF ? MSD_MASTER : MSD_SLAVE;
}

int msd_start(struct msd *m, uint32_t random, struct proc_out *out)
{
	const int err = proc_step(&table, &m->state, EV_START, out);
	if (err == 0) {
		m->tries = 1;
		m->number = random & NUMBER_MASK;
		m->status = MSD_INDETERMINATE;
	}
	return err;
}

int msd_request(struct msd *m, uint32_t peer_type, uint32_t peer_number, uint32_t random, struct proc_out *out)
{
	/* Not asked ourselves yet: the number is chosen when the peer's comes. */
	if (m->state == MSD_IDLE)
		m->number = random & NUMBER_MASK;
	const enum msd_status status = msd_compare(m->terminal_type, m->number, peer_type, peer_number);
	const bool was_outgoing = m->state == MSD_OUTGOING;
	uint8_t event = EV_REQUEST_DECIDED;
	if (status == MSD_INDETERMINATE)
		event = m->tries < CALL_N100 ? EV_REQUEST_EQUAL : EV_REQUEST_LAST;
	const int err = proc_step(&table, &m->state, event, out);
	if (m->state == MSD_INCOMING)
		m->status = (uint8_t)status;
	if (was_outgoing && event == EV_REQUEST_EQUAL) {
		m->tries++;
		m->number = random & NUMBER_MASK;
	}
	return err;
}

int msd_ack(struct msd *m, bool we_are_master, struct proc_out *out)
{
	const uint8_t status = we_are_master ? MSD_MASTER : MSD_SLAVE;
	uint8_t event = EV_ACK_AGREED;
	if (m->state == MSD_INCOMING && m->status != status)
		event = EV_ACK_OTHER;
	const int err = proc_step(&table, &m->state, event, out);
	if (err == 0)
		m->status = event == EV_ACK_AGREED ? status : MSD_INDETERMINATE;
	return err;
}

int msd_reject(struct msd *m, uint32_t random, struct proc_out *out)
{
	const uint8_t event = m->tries < CALL_N100 ? EV_REJECT : EV_REJECT_LAST;
	const int err = proc_step(&table, &m->state, event, out);
	if (err == 0 && m->state == MSD_OUTGOING) {
		m->tries++;
		m->number = random & NUMBER_MASK;
	}
	return err;
}

int msd_release(struct msd *m, struct proc_out *out)
{
	return proc_step(&table, &m->state, EV_RELEASE, out);
}

int msd_expiry(struct msd *m, struct proc_out *out)
{
	return proc_step(&table, &m->state, EV_EXPIRY, out);
}
