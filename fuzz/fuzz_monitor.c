/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A worker that is somebody else's by now asks for virtual addresses: whatever it sends, the machine has only addresses of
 * the pools, on the interface of their realm, no more than may be, and loses none that are not the monitor's.
 *
 * The input is messages, each with its length in front.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "daemon/addresses.h"
#include "priv/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 2 * 3 + 1 };

static struct {
	struct addr addr;
	char interface;
} up[MOST];
static uint32_t n_up, n_guarded;
static struct conf *conf;

static const char config[] =
	"mode: intercept\nrealms:\n"
	"  - {name: in, role: inside, address: 10.0.0.1, interfaces: [a], networks: [10.0.0.0/8]}\n"
	"  - {name: out, role: outside, address: 192.0.2.1, interfaces: [b], networks: [192.0.2.0/24]}\n"
	"  - {name: six, role: outside, address: '2001:db8::1', interfaces: [c]}\n"
	"leases:\n  max: 3\n"
	"  pools: [{realm: out, addresses: 192.0.2.0/28}, {realm: six, addresses: '2001:db8::/64'}]\n"
	"  static: [{host: 10.0.0.9, address: 192.0.2.5}]\n";

static void demand(bool ok)
{
	if (!ok)
		abort();
}

static int add(const char *interface, const struct addr *a)
{
	demand(n_up < MOST && interface[1] == '\0');
	demand(lease_pool_has(&conf->leases.pools[interface[0] == 'b' ? 0 : 1], a));
	demand(interface[0] == 'b' || interface[0] == 'c');
	for (uint32_t i = 0; i < conf->gw.n_realms; i++)
		demand(!addr_ip_eq(&conf->gw.realms[i].address, a));
	for (uint32_t i = 0; i < n_up; i++)
		demand(!addr_eq(&up[i].addr, a));
	if (a->ip[addr_ip_len(a) - 1] == 7)
		return PST_E_BUSY; /* an administrator's */
	up[n_up].addr = *a;
	up[n_up++].interface = interface[0];
	return PST_OK;
}

static int take(const char *interface, const struct addr *a)
{
	for (uint32_t i = 0; i < n_up; i++) {
		if (!addr_eq(&up[i].addr, a) || up[i].interface != interface[0])
			continue;
		up[i] = up[--n_up];
		return PST_OK;
	}
	abort();
}

static int each(fw_address_h *h, void *ctx)
{
	(void)h;
	(void)ctx;
	return PST_OK;
}

static int announce(const char *interface, const struct addr *a)
{
	(void)interface;
	(void)a;
	return PST_OK;
}

static int guard(const struct addr *a, bool on, char err[static FW_NFT_ERR_MAX])
{
	(void)a;
	(void)err;
	n_guarded += on ? 1U : -1U;
	return PST_OK;
}

static void carry_out(struct addresses *b, const struct priv_msg *m)
{
	switch (m->type) {
	case PRIV_ADDRESS_ON: (void)!addresses_on(b, conf, m->realm, m->pool, &m->address); break;
	case PRIV_ADDRESS_OFF: (void)!addresses_off(b, &m->address); break;
	case PRIV_ADDRESS_BEGIN: addresses_begin(b); break;
	case PRIV_ADDRESS_END: addresses_end(b); break;
	default: break;
	}
	demand(n_guarded == n_up);
}

static void begin(void)
{
	struct conf_problems p = { .n = 0 };
	log_setup("fuzz", (enum log_level)0, false); /* not even errors */
	demand(conf_parse(&conf, slice_str(config), &p) == PST_OK);
	conf_problems_free(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct addresses_ops ops = { add, take, each, announce, guard };
	struct addresses *b;
	if (conf == NULL)
		begin();
	n_up = n_guarded = 0;
	if (addresses_new(&b, &ops) != PST_OK)
		return 0;
	addresses_set_guarded(b, true);
	while (size > 0) {
		struct priv_msg m;
		size_t n = *data;
		n = n < size ? n : size - 1;
		if (priv_msg_decode(&m, slice_of(data + 1, n)) == PST_OK && priv_msg_from_child(m.type))
			carry_out(b, &m);
		data += 1 + n;
		size -= 1 + n;
	}
	addresses_clear(b);
	demand(n_up == 0 && n_guarded == 0);
	addresses_free(b);
	return 0;
}
