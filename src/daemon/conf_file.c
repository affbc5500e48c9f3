/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/conf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define RESOLV_CONF "/etc/resolv.conf"

static void tell(const char *path, const struct conf_problems *problems, conf_file_h *h)
{
	char line[1024];
	for (uint32_t i = 0; i < problems->n; i++) {
		const struct conf_problem *p = &problems->list[i];
		const char *text = p->text != NULL ? p->text : "out of memory";
		if (p->line != 0)
			snprintf(line, sizeof line, "%s:%u: %s", path, p->line, text);
		else
			snprintf(line, sizeof line, "%s: %s", path, text);
		h(line);
	}
}

static int read_text(struct conf_file *f, const char *path, struct conf_problems *problems)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	const int rc = fd < 0 ? PST_E_SYS : conf_read_fd(fd, &f->text, &f->len);
	if (rc == PST_E_SYS && errno == ENOENT)
		conf_problem_add(problems, 0, "there is no such file; postern.yaml(5) says what to write into it, --config names another");
	else if (rc == PST_E_SYS)
		conf_problem_add(problems, 0, "%s", strerror(errno));
	else if (rc != PST_OK)
		conf_problem_add(problems, 0, "%s", pst_strerror(rc));
	if (fd >= 0)
		close(fd);
	return rc;
}

/* The text becomes what was understood of it: a process in a sandbox can not ask for the machine's addresses, it is told. */
static int write_text(struct conf_file *f)
{
	bool was_auto[CONF_REALMS_MAX];
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	if (out == NULL)
		return PST_E_NOMEM;
	memcpy(was_auto, f->conf->address_auto, sizeof was_auto);
	memset(f->conf->address_auto, 0, sizeof f->conf->address_auto);
	const bool names_were_auto = f->conf->gatekeeper.nameservers_auto;
	f->conf->gatekeeper.nameservers_auto = false;
	conf_print(f->conf, out);
	f->conf->gatekeeper.nameservers_auto = names_were_auto;
	memcpy(f->conf->address_auto, was_auto, sizeof was_auto);
	const int rc = fclose(out) != 0 ? PST_E_NOMEM : len > CONF_TEXT_MAX ? PST_E_LIMIT : PST_OK;
	if (rc != PST_OK) {
		free(text);
		return rc;
	}
	free(f->text);
	f->text = text;
	f->len = len;
	return PST_OK;
}

static bool any_auto(const struct conf *c)
{
	bool any = c->gatekeeper.on && c->gatekeeper.nameservers_auto;
	for (uint32_t i = 0; i < CONF_REALMS_MAX; i++)
		any |= c->address_auto[i];
	return any;
}

int conf_file_without_firewall(struct conf_file *f)
{
	f->conf->gw.mode = GW_MODE_OFF;
	f->conf->leases.n_pools = f->conf->leases.n_statics = 0; /* nobody would answer for them */
	return write_text(f);
}

int conf_file_load(struct conf_file *out, const char *path, conf_file_h *h)
{
	struct conf_problems problems = {.n = 0};
	struct conf_file f = {0};
	int rc = read_text(&f, path, &problems);
	if (rc == PST_OK)
		rc = conf_parse(&f.conf, slice_of(f.text, f.len), &problems);
	if (rc == PST_OK)
		rc = conf_resolve(f.conf, &problems);
	if (rc == PST_OK)
		rc = conf_find_nameservers(f.conf, RESOLV_CONF);
	if (rc == PST_OK && any_auto(f.conf))
		rc = write_text(&f);
	if (rc != PST_OK && problems.n == 0)
		conf_problem_add(&problems, 0, "%s", pst_strerror(rc));
	tell(path, &problems, h);
	conf_problems_free(&problems);
	if (rc == PST_OK)
		*out = f;
	else
		conf_file_free(&f);
	return rc;
}

void conf_file_free(struct conf_file *f)
{
	conf_free(f->conf);
	free(f->text);
	*f = (struct conf_file){0};
}
