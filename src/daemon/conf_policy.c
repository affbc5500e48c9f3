/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/conf_policy.h"

#include <stdlib.h>

enum { NAME_LEN_MAX = 64, PATTERN_LEN_MAX = 256, KBIT_MAX = 100000000, DURATION_MS_MAX = 2000000000 };

struct word {
	const char *name;
	uint8_t bits;
};

static const struct word directions[] = { { "any", GW_DIRECTION_ALL }, { "out", GW_DIRECTION_OUT },
	{ "in", GW_DIRECTION_IN }, { "within", GW_DIRECTION_WITHIN }, { NULL, 0 } };
static const struct word media[] = { { "audio", GW_MEDIA_AUDIO }, { "video", GW_MEDIA_VIDEO }, { "data", GW_MEDIA_DATA },
	{ NULL, 0 } };
static const struct word asked[] = { { "on", GW_ASKED_YES }, { "off", GW_ASKED_NO }, { NULL, 0 } };
static const struct word actions[] = { { "allow", 1 }, { "refuse", 0 }, { NULL, 0 } };

/* A rule while it is read, and where it stands. */
struct reading {
	struct conf_checking *k;
	uint32_t at;
	char path[96];
};

static const char *path_of(struct reading *r, const char *key)
{
	snprintf(r->path, sizeof r->path, "policy.rules.%u.%s", r->at, key);
	return r->path;
}

static bool word(struct reading *r, const char *key, const struct word *words, const char *text, uint8_t *bits)
{
	char why[128];
	size_t n = 0;
	for (const struct word *w = words; w->name != NULL; w++) {
		if (strcmp(w->name, text) == 0) {
			*bits = w->bits;
			return true;
		}
		n += (size_t)snprintf(why + n, sizeof why - n, "%s%s", w == words ? "has to be " : " or ", w->name);
	}
	conf_check_bad_value(r->k, path_of(r, key), text, why);
	return false;
}

static void number(struct reading *r, const char *key, const char *text, uint32_t max, uint32_t *out)
{
	char why[64];
	if (text == NULL || conf_read_number(text, 0, max, out))
		return;
	snprintf(why, sizeof why, "has to be a number from 0 to %u", max);
	conf_check_bad_value(r->k, path_of(r, key), text, why);
}

static void realms(struct reading *r, const char *key, char *const *raw, uint32_t n, uint32_t *out)
{
	const struct gw_config *gw = &r->k->c->gw;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t at = 0;
		while (at < gw->n_realms && strcmp(gw->realms[at].name, raw[i]) != 0)
			at++;
		if (at < gw->n_realms)
			*out |= 1U << at;
		else
			conf_check_bad_value(r->k, path_of(r, key), raw[i], "is no realm");
	}
}

static int patterns(struct reading *r, const char *key, char *const *raw, uint32_t n, char ***out, uint32_t *n_out)
{
	if (n == 0)
		return PST_OK;
	*out = calloc(n, sizeof **out);
	if (*out == NULL)
		return PST_E_NOMEM;
	for (uint32_t i = 0; i < n; i++) {
		if (raw[i][0] == '\0' || strlen(raw[i]) > PATTERN_LEN_MAX)
			conf_check_bad_value(r->k, path_of(r, key), raw[i], "has to be a name of at most 256 octets, with * and ?");
		if (((*out)[i] = strdup(raw[i])) == NULL)
			return PST_E_NOMEM;
		*n_out = i + 1;
	}
	return PST_OK;
}

static void check_name(struct reading *r, const char *name)
{
	static const char charset[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-. ";
	const struct gw_config *gw = &r->k->c->gw;
	if (name == NULL) {
		conf_check_problem(r->k, path_of(r, "name"), "%s is missing", path_of(r, "name"));
		return;
	}
	if (name[0] == '\0' || strlen(name) > NAME_LEN_MAX || strspn(name, charset) != strlen(name))
		conf_check_bad_value(r->k, path_of(r, "name"), name, "has to be 1 to 64 of A-Z a-z 0-9 _ - . and blanks");
	for (uint32_t i = 0; i < r->at; i++)
		if (strcmp(gw->rules[i].name, name) == 0)
			conf_check_bad_value(r->k, path_of(r, "name"), name, "is the name of another rule already");
}

static void check_words(struct reading *r, const struct conf_raw_rule *raw, struct gw_rule *rule)
{
	uint8_t bits = 0;
	if (raw->action == NULL)
		conf_check_problem(r->k, path_of(r, "action"), "%s is missing: allow or refuse", path_of(r, "action"));
	else if (word(r, "action", actions, raw->action, &bits))
		rule->allow = bits != 0;
	rule->direction = GW_DIRECTION_ALL;
	if (raw->direction != NULL)
		(void)word(r, "direction", directions, raw->direction, &rule->direction);
	if (raw->known_caller != NULL && word(r, "known_caller", asked, raw->known_caller, &bits))
		rule->known_caller = (enum gw_asked)bits;
	if (raw->known_called != NULL && word(r, "known_called", asked, raw->known_called, &bits))
		rule->known_called = (enum gw_asked)bits;
	rule->media = raw->n_media == 0 ? GW_MEDIA_ALL : 0;
	for (uint32_t i = 0; i < raw->n_media; i++)
		if (word(r, "media", media, raw->media[i], &bits))
			rule->media |= bits;
}

static int check_rule(struct conf_checking *k, uint32_t at)
{
	const struct conf_raw_rule *raw = &k->raw->rules[at];
	struct gw_rule *rule = &k->c->gw.rules[at];
	struct reading r = { .k = k, .at = at };
	rule->name = strdup(raw->name != NULL ? raw->name : "");
	if (rule->name == NULL)
		return PST_E_NOMEM;
	check_name(&r, raw->name);
	check_words(&r, raw, rule);
	realms(&r, "from", raw->from, raw->n_from, &rule->from);
	realms(&r, "to", raw->to, raw->n_to, &rule->to);
	number(&r, "calls", raw->calls, 100000, &rule->calls);
	number(&r, "bandwidth", raw->bandwidth, KBIT_MAX, &rule->bandwidth_kbit);
	number(&r, "call_bandwidth", raw->call_bandwidth, KBIT_MAX, &rule->call_bandwidth_kbit);
	if (raw->duration != NULL && !conf_read_duration(raw->duration, 1000, DURATION_MS_MAX, &rule->duration_ms))
		conf_check_bad_value(k, path_of(&r, "duration"), raw->duration, "has to be a time as in 30s or 90m, of 1s at least");
	int rc = conf_check_prefixes(
		k, path_of(&r, "sources"), raw->sources, raw->n_sources, &rule->sources, &rule->n_sources);
	if (rc == PST_OK)
		rc = conf_check_prefixes(k, path_of(&r, "destinations"), raw->destinations, raw->n_destinations,
			&rule->destinations, &rule->n_destinations);
	if (rc == PST_OK)
		rc = patterns(&r, "callers", raw->callers, raw->n_callers, &rule->callers, &rule->n_callers);
	if (rc == PST_OK)
		rc = patterns(&r, "called", raw->called, raw->n_called, &rule->called, &rule->n_called);
	return rc;
}

int conf_policy_check(struct conf_checking *k)
{
	struct gw_config *gw = &k->c->gw;
	gw->rules = calloc(k->raw->n_rules, sizeof *gw->rules);
	if (gw->rules == NULL && k->raw->n_rules != 0)
		return PST_E_NOMEM;
	for (uint32_t i = 0; i < k->raw->n_rules; i++) {
		gw->n_rules = i + 1;
		const int rc = check_rule(k, i);
		if (rc != PST_OK)
			return rc;
	}
	return PST_OK;
}

/* --- printing --- */

static void print_bits(const char *key, const struct word *words, uint8_t bits, FILE *out)
{
	const char *before = "";
	fprintf(out, "      %s: [", key);
	for (const struct word *w = words; w->name != NULL; w++) {
		if ((bits & w->bits) == 0)
			continue;
		fprintf(out, "%s%s", before, w->name);
		before = ", ";
	}
	fputs("]\n", out);
}

static void print_word(const char *key, const struct word *words, uint8_t bits, FILE *out)
{
	for (const struct word *w = words; w->name != NULL; w++)
		if (w->bits == bits)
			fprintf(out, "      %s: '%s'\n", key, w->name);
}

static void print_realms(const char *key, const struct gw_config *gw, uint32_t realms_, FILE *out)
{
	const char *before = "";
	fprintf(out, "      %s: [", key);
	for (uint32_t i = 0; i < gw->n_realms; i++) {
		if ((realms_ >> i & 1) == 0)
			continue;
		fprintf(out, "%s'%s'", before, gw->realms[i].name);
		before = ", ";
	}
	fputs("]\n", out);
}

static void print_prefixes(const char *key, const struct addr_prefix *list, uint32_t n, FILE *out)
{
	char text[ADDR_PREFIX_STRLEN];
	fprintf(out, "      %s: [", key);
	for (uint32_t i = 0; i < n; i++)
		fprintf(out, "%s'%s'", i == 0 ? "" : ", ", addr_prefix_str(&list[i], text));
	fputs("]\n", out);
}

static void print_texts(const char *key, char *const *list, uint32_t n, FILE *out)
{
	fprintf(out, "      %s: [", key);
	for (uint32_t i = 0; i < n; i++) {
		fputs(i == 0 ? "" : ", ", out);
		conf_print_quoted(list[i], out);
	}
	fputs("]\n", out);
}

static void print_rule(const struct gw_config *gw, const struct gw_rule *r, FILE *out)
{
	fprintf(out, "    - name: '%s'\n      action: '%s'\n", r->name, r->allow ? "allow" : "refuse");
	print_word("direction", directions, r->direction, out);
	print_realms("from", gw, r->from, out);
	print_realms("to", gw, r->to, out);
	print_prefixes("sources", r->sources, r->n_sources, out);
	print_prefixes("destinations", r->destinations, r->n_destinations, out);
	print_texts("callers", r->callers, r->n_callers, out);
	print_texts("called", r->called, r->n_called, out);
	print_word("known_caller", asked, (uint8_t)r->known_caller, out);
	print_word("known_called", asked, (uint8_t)r->known_called, out);
	print_bits("media", media, r->media, out);
	fprintf(out, "      calls: '%u'\n      bandwidth: '%u'\n      call_bandwidth: '%u'\n", r->calls, r->bandwidth_kbit,
		r->call_bandwidth_kbit);
	if (r->duration_ms != 0)
		fprintf(out, "      duration: '%ums'\n", r->duration_ms);
}

void conf_policy_print(const struct gw_config *gw, FILE *out)
{
	fprintf(out, "  rules:%s\n", gw->n_rules == 0 ? " []" : "");
	for (uint32_t i = 0; i < gw->n_rules; i++)
		print_rule(gw, &gw->rules[i], out);
}

static void texts_free(char **list, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		free(list[i]);
	free(list);
}

void conf_policy_free(struct gw_config *gw)
{
	for (uint32_t i = 0; i < gw->n_rules; i++) {
		struct gw_rule *r = &gw->rules[i];
		free(r->name);
		free(r->sources);
		free(r->destinations);
		texts_free(r->callers, r->n_callers);
		texts_free(r->called, r->n_called);
	}
	free(gw->rules);
}
