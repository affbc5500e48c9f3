/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Question and answer: CESE, CLCSE, RTDSE. */
#include "call/exchange.h"

#include <stdbool.h>

static const struct proc_row out_rows[] = {
	{ EXCHANGE_IDLE, EXCHANGE_START, EXCHANGE_AWAITING, { PROC_SEND_REQUEST, PROC_START } },
	/* Asked again before the answer came (capabilities changed): only the last answer counts. */
	{ EXCHANGE_AWAITING, EXCHANGE_START, EXCHANGE_AWAITING, { PROC_STOP, PROC_SEND_REQUEST, PROC_START } },
	{ EXCHANGE_AWAITING, EXCHANGE_ACK, EXCHANGE_IDLE, { PROC_STOP, PROC_CONFIRM } },
	{ EXCHANGE_AWAITING, EXCHANGE_REJECT, EXCHANGE_IDLE, { PROC_STOP, PROC_FAIL } },
	{ EXCHANGE_AWAITING, EXCHANGE_EXPIRY, EXCHANGE_IDLE, { PROC_SEND_RELEASE, PROC_FAIL } },
};

static const struct proc_row in_rows[] = {
	{ EXCHANGE_IDLE, EXCHANGE_ASKED, EXCHANGE_AWAITING, { PROC_INDICATE } },
	{ EXCHANGE_AWAITING, EXCHANGE_ASKED, EXCHANGE_AWAITING, { PROC_FAIL, PROC_INDICATE } },
	{ EXCHANGE_AWAITING, EXCHANGE_RESPOND, EXCHANGE_IDLE, { PROC_SEND_ACK } },
	{ EXCHANGE_AWAITING, EXCHANGE_REFUSE, EXCHANGE_IDLE, { PROC_SEND_REJECT } },
	{ EXCHANGE_AWAITING, EXCHANGE_RELEASED, EXCHANGE_IDLE, { PROC_FAIL } },
};

static const struct proc_table out_table = { "outgoing", out_rows, sizeof(out_rows) / sizeof(out_rows[0]) };
static const struct proc_table in_table = { "incoming", in_rows, sizeof(in_rows) / sizeof(in_rows[0]) };

int exchange_out_step(struct exchange_out *e, enum exchange_out_event event, uint8_t sequence, struct proc_out *out)
{
	const bool answer = event == EXCHANGE_ACK || event == EXCHANGE_REJECT;
	out->n = 0;
	if (answer && sequence != e->sequence)
		return PST_E_STATE;
	const int err = proc_step(&out_table, &e->state, (uint8_t)event, out);
	if (err == 0 && event == EXCHANGE_START)
		e->sequence++;
	return err;
}

int exchange_in_step(struct exchange_in *e, enum exchange_in_event event, uint8_t sequence, struct proc_out *out)
{
	const int err = proc_step(&in_table, &e->state, (uint8_t)event, out);
	if (err == 0 && event == EXCHANGE_ASKED)
		e->sequence = sequence;
	return err;
}
