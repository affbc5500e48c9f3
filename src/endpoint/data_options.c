/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One table for getopt: ours first, then each application's, told apart by their values. */
#include "endpoint/data_options.h"

#include <stdlib.h>

enum { APP_BASE = 0x100, APP_STEP = 0x40, TABLE_MAX = 96 };

static const struct option ours[] = { { "data", no_argument, NULL, 'D' },
	{ "conference", required_argument, NULL, 'c' }, { "alias", required_argument, NULL, 'a' },
	{ "password", required_argument, NULL, 'p' }, { "duration", required_argument, NULL, 'd' },
	{ "timeout", required_argument, NULL, 't' }, { "local", required_argument, NULL, 'l' },
	{ "port", required_argument, NULL, 'P' }, { "how", required_argument, NULL, 'w' },
	{ "trace", no_argument, NULL, 'v' }, { "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 } };

static void usage(FILE *to, bool answer)
{
	fprintf(to, "usage: postern %s --data [options]%s\n", answer ? "answer" : "call",
		answer ? "" : " HOST[:PORT]");
	fputs("  --conference NAME    its name (call: joined where it exists, else created)\n"
	      "  --alias NAME         our name (default: postern)\n"
	      "  --password DIGITS    of the conference\n",
		to);
	for (unsigned i = 0; data_apps[i] != NULL; i++)
		if (data_apps[i]->usage != NULL)
			data_apps[i]->usage(to, answer);
	fputs("  --duration SECONDS   leave after so long\n"
	      "  --timeout SECONDS    how long a connection may take to be set up (default 20)\n"
	      "  --local ADDR         local address to use\n"
	      "  --trace              a line for each PDU, on standard error\n"
	      "  --json               an object a line for each event\n",
		to);
	fputs(answer ? "  --port PORT          to listen on (default 1503; 0: any free one)\n"
		     : "  --how WHICH          create, join or invite, without asking first\n",
		to);
}

static int how(struct data_node_options *o, const char *text)
{
	static const char *const names[] = { "create", "join", "invite" };
	for (unsigned i = 0; i < 3; i++)
		if (strcmp(text, names[i]) == 0) {
			o->how = (enum conference_how)i;
			o->has_how = true;
			return 0;
		}
	return PST_E_ARG;
}

static int number(const char *text, unsigned long most, uint32_t *out)
{
	char *rest;
	const unsigned long v = strtoul(text, &rest, 10);
	if (rest == text || *rest != '\0' || v > most)
		return PST_E_ARG;
	*out = (uint32_t)v;
	return 0;
}

static int local(struct data_node_options *o, const char *value)
{
	const uint16_t port = o->local.port;
	const int err = addr_parse(&o->local, value, 0);
	o->local.port = port;
	return err;
}

static int port(struct data_node_options *o, const char *value)
{
	uint32_t v = 0;
	const int err = number(value, UINT16_MAX, &v);
	if (err == 0)
		o->local.port = (uint16_t)v;
	return err;
}

static int option(struct data_node_options *o, int c, const char *value)
{
	enum { SECONDS_MAX = 1000000 };
	switch (c) {
	case 'c': o->conference = value; return value[0] != '\0' ? 0 : PST_E_ARG;
	case 'a': o->name = value; return 0;
	case 'p': o->password = value; return strspn(value, "0123456789") == strlen(value) ? 0 : PST_E_ARG;
	case 'd': return number(value, SECONDS_MAX, &o->duration_s);
	case 't': return number(value, SECONDS_MAX, &o->timeout_s);
	case 'l': return local(o, value);
	case 'P': return port(o, value);
	case 'w': return how(o, value);
	case 'v': o->trace = true; return 0;
	case 'j': o->json = true; return 0;
	default: return 0; /* --data itself */
	}
}

static void fill(struct option table[static TABLE_MAX], const struct data_node *n)
{
	unsigned k = 0;
	for (const struct option *p = ours; p->name != NULL; p++)
		table[k++] = *p;
	for (unsigned i = 0; i < n->n_apps; i++)
		for (const struct option *p = n->apps[i]->ops->options;
			p != NULL && p->name != NULL && k < TABLE_MAX - 1; p++) {
			table[k] = *p;
			table[k++].val += (int)(APP_BASE + i * APP_STEP);
		}
	table[k] = (struct option){ NULL, 0, NULL, 0 };
}

static int any_option(struct data_node *n, int c, const char *value)
{
	if (c < APP_BASE)
		return option(&n->o, c, value);
	struct data_app *a = n->apps[(c - APP_BASE) / APP_STEP];
	return a->ops->option(a, (c - APP_BASE) % APP_STEP, value);
}

int data_options(struct data_node *n, struct dest *dest, int argc, char **argv)
{
	struct option table[TABLE_MAX];
	int c, index = 0;
	fill(table, n);
	optind = 0;
	while ((c = getopt_long(argc, argv, "hv", table, &index)) != -1) {
		if (c == 'h') {
			usage(stdout, n->o.answer);
			return 0;
		}
		if (c == '?' || (n->o.answer ? c == 'w' : c == 'P'))
			return 2;
		if (any_option(n, c, optarg) != 0) {
			fprintf(stderr, "postern %s: --%s %s: wrong\n", argv[0], table[index].name,
				optarg != NULL ? optarg : "");
			return 2;
		}
	}
	if (argc - optind != (n->o.answer ? 0 : 1) ||
		(!n->o.answer && dest_parse(dest, argv[optind], DATA_PORT) != 0)) {
		usage(stderr, n->o.answer);
		return 2;
	}
	if (n->o.has_how && n->o.how != CONFERENCE_INVITE && n->o.conference == NULL)
		n->o.conference = "1";
	return -1;
}

/* Those that calls have none of, or that are the conference's here. */
static const struct option *taken(const struct data_node *n, const char *arg, size_t len, int *c)
{
	static const struct option with = { "with-data", no_argument, NULL, 'D' };
	if (len == strlen(with.name) && memcmp(arg, with.name, len) == 0) {
		*c = with.val;
		return &with;
	}
	for (const struct option *p = ours; p->name != NULL; p++)
		if ((p->val == 'c' || p->val == 'p') && strlen(p->name) == len &&
			memcmp(arg, p->name, len) == 0) {
			*c = p->val;
			return p;
		}
	for (unsigned i = 0; i < n->n_apps; i++)
		for (const struct option *p = n->apps[i]->ops->options; p != NULL && p->name != NULL; p++)
			if (strlen(p->name) == len && memcmp(arg, p->name, len) == 0) {
				*c = p->val + (int)(APP_BASE + i * APP_STEP);
				return p;
			}
	return NULL;
}

int data_options_take(struct data_node *n, int *argc, char **argv)
{
	int kept = 1;
	for (int i = 1; i < *argc; i++) {
		const char *arg = argv[i], *name = strncmp(arg, "--", 2) == 0 ? arg + 2 : "";
		const char *equals = strchr(name, '='), *value = NULL;
		int c = 0;
		const struct option *p =
			taken(n, name, equals != NULL ? (size_t)(equals - name) : strlen(name), &c);
		if (p == NULL) {
			argv[kept++] = argv[i];
			continue;
		}
		if (p->has_arg != no_argument)
			value = equals != NULL ? equals + 1 : i + 1 < *argc ? argv[++i] : NULL;
		if ((p->has_arg != no_argument && value == NULL) || any_option(n, c, value) != 0) {
			fprintf(stderr, "postern %s: --%s %s: wrong\n", argv[0], p->name,
				value != NULL ? value : "");
			return PST_E_ARG;
		}
	}
	*argc = kept;
	argv[kept] = NULL;
	return 0;
}
