/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Single values: text to struct conf and back, by kind. */
#include "daemon/conf_items.h"

#include <stdlib.h>

const struct conf_item conf_items[CONF_N_ITEMS] = {
#define X(section, key, kind, member, min, max, preset)                                                      \
	{#section, #key, kind, offsetof(struct conf, member), min, max, preset},
        CONF_ITEMS(X)
#undef X
};

struct word {
	const char *name;
	int value;
};

static const struct word modes[] = {
        {"off", GW_MODE_OFF}, {"intercept", GW_MODE_INTERCEPT}, {"enforce", GW_MODE_ENFORCE}, {NULL, 0}};
static const struct word levels[] = {{"error", LOG_L_ERROR}, {"warning", LOG_L_WARN},
        {"notice", LOG_L_NOTICE}, {"info", LOG_L_INFO}, {"debug", LOG_L_DEBUG}, {NULL, 0}};
static const struct word switches[] = {{"off", 0}, {"on", 1}, {NULL, 0}};
static const struct word servers[] = {{"proxy", CONF_SERVERS_PROXY}, {"own", CONF_SERVERS_OWN},
        {"pass", CONF_SERVERS_PASS}, {NULL, 0}};
static const struct word relays[] = {
        {"auto", CONF_RELAY_AUTO}, {"kernel", CONF_RELAY_KERNEL}, {"user", CONF_RELAY_USER}, {NULL, 0}};

static const struct word answers[] = {{"arp", CONF_ANSWER_ARP}, {"routed", CONF_ANSWER_ROUTED}, {NULL, 0}};

static const struct word ways[] = {{"both", GW_DATA_BOTH}, {"out", GW_DATA_OUT}, {"in", GW_DATA_IN},
        {"none", 0}, {NULL, 0}};

/* Digits at *P, at most MAX; moves *P behind them. */
static bool take_number(const char **p, uint32_t max, uint32_t *out)
{
	uint64_t v = 0;
	const char *s = *p;
	for (; *s >= '0' && *s <= '9'; s++) {
		v = v * 10 + (uint64_t)(*s - '0');
		if (v > max)
			return false;
	}
	if (s == *p)
		return false;
	*p = s;
	*out = (uint32_t)v;
	return true;
}

bool conf_read_number(const char *text, uint32_t min, uint32_t max, uint32_t *out)
{
	return take_number(&text, max, out) && *text == '\0' && *out >= min;
}

static int set_range(struct gw_port_range *r, const struct conf_item *item, const char *text)
{
	uint32_t first, last;
	if (!take_number(&text, item->max, &first) || *text++ != '-' ||
	        !conf_read_number(text, first, item->max, &last) || first < item->min)
		return PST_E_BAD;
	*r = (struct gw_port_range){(uint16_t)first, (uint16_t)last};
	return PST_OK;
}

bool conf_read_duration(const char *text, uint32_t min, uint32_t max, uint32_t *out)
{
	uint32_t v;
	if (!take_number(&text, max, &v))
		return false;
	const uint64_t ms = strcmp(text, "ms") == 0  ? v
	                    : strcmp(text, "s") == 0 ? (uint64_t)v * 1000
	                    : strcmp(text, "m") == 0 ? (uint64_t)v * 60000
	                                             : UINT64_MAX;
	if (ms < min || ms > max)
		return false;
	*out = (uint32_t)ms;
	return true;
}

static bool path_valid(const char *text, uint32_t max)
{
	const size_t n = strlen(text);
	if (n < 2 || n > max || text[0] != '/')
		return false;
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	}
	return true;
}

static bool user_valid(const char *text, uint32_t max)
{
	const size_t n = strlen(text);
	return n > 0 && n <= max && text[0] != '-' &&
	       strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == n;
}

static int set_host(struct addr *a, const char *text)
{
	*a = (struct addr){0};
	if (strcmp(text, "none") == 0)
		return PST_OK;
	return addr_parse(a, text, 0) == PST_OK && a->port == 0 && !addr_is_unspecified(a) ? PST_OK : PST_E_BAD;
}

static int set_string(char **place, const char *text)
{
	char *copy = strdup(text);
	if (copy == NULL)
		return PST_E_NOMEM;
	free(*place);
	*place = copy;
	return PST_OK;
}

static const struct word *word_find(const struct word *words, const char *text)
{
	for (; words->name != NULL; words++) {
		if (strcmp(words->name, text) == 0)
			return words;
	}
	return NULL;
}

static int set_word(const struct word *words, const char *text, int *out, char why[static 128])
{
	const struct word *w = word_find(words, text);
	if (w != NULL) {
		*out = w->value;
		return PST_OK;
	}
	size_t n = 0;
	for (const struct word *v = words; v->name != NULL && n < 100; v++)
		n += (size_t)snprintf(why + n, 128 - n, "%s%s", v == words ? "has to be " : " or ", v->name);
	return PST_E_BAD;
}

int conf_item_set(struct conf *c, const struct conf_item *item, const char *text, char why[static 128])
{
	void *place = (char *)c + item->offset;
	uint32_t v = 0;
	int w = 0;
	int rc = PST_E_BAD;
	switch (item->kind) {
	case CONF_MODE:
		rc = set_word(modes, text, &w, why);
		if (rc == PST_OK)
			*(enum gw_mode *)place = (enum gw_mode)w;
		return rc;
	case CONF_LEVEL:
		rc = set_word(levels, text, &w, why);
		if (rc == PST_OK)
			*(enum log_level *)place = (enum log_level)w;
		return rc;
	case CONF_SWITCH:
		rc = set_word(switches, text, &w, why);
		if (rc == PST_OK)
			*(bool *)place = w != 0;
		return rc;
	case CONF_SERVERS:
		rc = set_word(servers, text, &w, why);
		if (rc == PST_OK)
			*(enum conf_servers *)place = (enum conf_servers)w;
		return rc;
	case CONF_HOST:
		snprintf(why, 128, "has to be the address of a host, or none");
		return set_host(place, text);
	case CONF_PLANE:
		rc = set_word(relays, text, &w, why);
		if (rc == PST_OK)
			*(enum conf_relay *)place = (enum conf_relay)w;
		return rc;
	case CONF_WAYS:
		rc = set_word(ways, text, &w, why);
		if (rc == PST_OK)
			*(uint8_t *)place = (uint8_t)w;
		return rc;
	case CONF_ANSWERS:
		rc = set_word(answers, text, &w, why);
		if (rc == PST_OK)
			*(enum conf_answer *)place = (enum conf_answer)w;
		return rc;
	case CONF_U32:
	case CONF_PORT:
		snprintf(why, 128, "has to be a number from %u to %u", item->min, item->max);
		if (!conf_read_number(text, item->min, item->max, &v))
			return PST_E_BAD;
		if (item->kind == CONF_PORT)
			*(uint16_t *)place = (uint16_t)v;
		else
			*(uint32_t *)place = v;
		return PST_OK;
	case CONF_DURATION:
		snprintf(why, 128, "has to be a duration as in 500ms, 20s or 2m, from %u ms to %u s",
		        item->min, item->max / 1000);
		return conf_read_duration(text, item->min, item->max, place) ? PST_OK : PST_E_BAD;
	case CONF_RANGE:
		snprintf(why, 128, "has to be a range of ports FIRST-LAST within %u to %u", item->min,
		        item->max);
		return set_range(place, item, text);
	case CONF_PATH:
		snprintf(why, 128, "has to be an absolute path of at most %u octets", item->max);
		return path_valid(text, item->max) ? set_string(place, text) : PST_E_BAD;
	case CONF_WORD:
		snprintf(why, 128, "has to be 1 to %u of A-Z a-z 0-9 . _ -", item->max);
		return user_valid(text, item->max) ? set_string(place, text) : PST_E_BAD;
	case CONF_USER:
		snprintf(why, 128, "has to be the name of a user, or auto");
		return user_valid(text, item->max) ? set_string(place, text) : PST_E_BAD;
	}
	return rc;
}

static const char *word_name(const struct word *words, int value)
{
	for (; words->name != NULL; words++) {
		if (words->value == value)
			return words->name;
	}
	return "";
}

static void print_duration(uint32_t ms, FILE *out)
{
	if (ms % 60000 == 0)
		fprintf(out, "%um", ms / 60000);
	else if (ms % 1000 == 0)
		fprintf(out, "%us", ms / 1000);
	else
		fprintf(out, "%ums", ms);
}

static void print_host(const struct addr *a, FILE *out)
{
	char text[ADDR_STRLEN];
	fprintf(out, "'%s'", a->family != ADDR_NONE ? addr_ip_str(a, text) : "none");
}

/* Single quotes: the only character that needs care inside is the quote itself. */
void conf_print_quoted(const char *s, FILE *out)
{
	fputc('\'', out);
	for (; *s != '\0'; s++) {
		if (*s == '\'')
			fputc('\'', out);
		fputc(*s, out);
	}
	fputc('\'', out);
}

void conf_item_print(const struct conf *c, const struct conf_item *item, FILE *out)
{
	const void *place = (const char *)c + item->offset;
	switch (item->kind) {
	case CONF_MODE: fprintf(out, "'%s'", word_name(modes, (int)*(const enum gw_mode *)place)); break;
	case CONF_LEVEL: fputs(word_name(levels, (int)*(const enum log_level *)place), out); break;
	case CONF_SWITCH: fprintf(out, "'%s'", word_name(switches, *(const bool *)place)); break;
	case CONF_SERVERS:
		fputs(word_name(servers, (int)*(const enum conf_servers *)place), out);
		break;
	case CONF_HOST: print_host(place, out); break;
	case CONF_PLANE: fputs(word_name(relays, (int)*(const enum conf_relay *)place), out); break;
	case CONF_ANSWERS: fputs(word_name(answers, (int)*(const enum conf_answer *)place), out); break;
	case CONF_WAYS: fputs(word_name(ways, *(const uint8_t *)place), out); break;
	case CONF_U32: fprintf(out, "%u", *(const uint32_t *)place); break;
	case CONF_PORT: fprintf(out, "%u", *(const uint16_t *)place); break;
	case CONF_DURATION: print_duration(*(const uint32_t *)place, out); break;
	case CONF_RANGE: {
		const struct gw_port_range *r = place;
		fprintf(out, "%u-%u", r->first, r->last);
		break;
	}
	case CONF_PATH:
	case CONF_WORD:
	case CONF_USER: conf_print_quoted(*(char *const *)place, out); break;
	}
}
