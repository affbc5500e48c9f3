/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers of name servers: the first octet is the type that was asked for, the rest the datagram, of which the question is
 * taken to be ours. What is found must be printable, and askable again. */
#include <stdlib.h>

#include "dns/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum dns_type types[] = { DNS_A, DNS_AAAA, DNS_SRV };
	struct dns_record list[8];
	uint32_t n = 0;
	if (size < 3)
		return 0;
	const enum dns_type type = types[data[0] % 3];
	const uint16_t id = (uint16_t)(data[1] << 8 | data[2]);
	if (dns_answer_decode(slice_of(data + 1, size - 1), id, "www.example.org", type, list, 8, &n) != 0)
		return 0;
	if (n > 8)
		abort();
	for (uint32_t i = 0; i < n; i++) {
		uint8_t octets[DNS_QUERY_MAX];
		struct writer w = wr_of(octets, sizeof octets);
		if (type != DNS_SRV && list[i].addr.family == ADDR_NONE)
			abort();
		if (list[i].target[0] != '\0' && strlen(list[i].target) < DNS_NAME_MAX - 2 &&
			dns_query_encode(&w, 1, list[i].target, DNS_A) != 0)
			abort();
	}
	return 0;
}
