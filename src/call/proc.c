/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The engine: a linear search, tables are short. */
#include "call/proc.h"

int proc_step(const struct proc_table *t, uint8_t *state, uint8_t event, struct proc_out *out)
{
	out->n = 0;
	for (size_t i = 0; i < t->n; i++) {
		const struct proc_row *row = &t->rows[i];
		if (row->state != *state || row->event != event)
			continue;
		while (out->n < PROC_ACTS && row->act[out->n] != PROC_NONE) {
			out->act[out->n] = row->act[out->n];
			out->n++;
		}
		*state = row->next;
		return 0;
	}
	return PST_E_STATE;
}
