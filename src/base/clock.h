/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one place that asks the operating system for the time. Pure layers are given the time instead. */
#ifndef PST_BASE_CLOCK_H
#define PST_BASE_CLOCK_H

#include <stdint.h>

/* Monotonic milliseconds and nanoseconds since an arbitrary start. */
uint64_t clock_now_ms(void);
uint64_t clock_now_ns(void);
/* Wall clock in milliseconds since 1970, for records people read. */
uint64_t clock_wall_ms(void);

#endif
