/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "priv/drop.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/securebits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/log.h"

/* What the monitor keeps: firewall and virtual addresses; telling neighbours of those; the relay's programs in the
 * kernel; low ports; becoming the children's user without its sets; stopping them; handing the control socket to its group;
 * reading a configuration that belongs to somebody else. */
static const cap_value_t monitor_caps[] = {
        CAP_NET_ADMIN,
        CAP_BPF,
        CAP_PERFMON,
        CAP_NET_BIND_SERVICE,
        CAP_NET_RAW,
        CAP_SETUID,
        CAP_SETGID,
        CAP_SETPCAP,
        CAP_KILL,
        CAP_CHOWN,
        CAP_DAC_READ_SEARCH,
};
enum { N_MONITOR_CAPS = sizeof monitor_caps / sizeof monitor_caps[0] };

int priv_identity_find(struct priv_identity *out, const char *name)
{
	*out = (struct priv_identity){
	        .change = geteuid() == 0, .uid = geteuid(), .gid = getegid(), .name = "ourselves"};
	if (!out->change)
		return PST_OK;
	const struct passwd *pw;
	if (strcmp(name, "auto") == 0) {
		pw = getpwnam("postern");
		if (pw == NULL)
			pw = getpwnam("nobody");
	} else {
		pw = getpwnam(name);
	}
	if (pw == NULL)
		return PST_E_NOT_FOUND;
	if (pw->pw_uid == 0 || pw->pw_gid == 0)
		return PST_E_DENIED;
	out->uid = pw->pw_uid;
	out->gid = pw->pw_gid;
	snprintf(out->name, sizeof out->name, "%s", pw->pw_name);
	return PST_OK;
}

/* A user namespace made without privilege forbids setgroups() for all time. */
static bool setgroups_denied(void)
{
	char text[8] = {0};
	const int fd = open("/proc/self/setgroups", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	const ssize_t n = read(fd, text, sizeof text - 1);
	close(fd);
	return n > 0 && strncmp(text, "deny", 4) == 0;
}

static int change_user(const struct priv_identity *id)
{
	if (setgroups(0, NULL) != 0 && !(errno == EPERM && setgroups_denied()))
		return PST_E_SYS;
	if (setresgid(id->gid, id->gid, id->gid) != 0) {
		if (errno != EINVAL)
			return PST_E_SYS;
		log_notice("priv",
		        "user namespace without user %s: the worker keeps its uid, without capabilities",
		        id->name);
		return PST_OK;
	}
	if (setresuid(id->uid, id->uid, id->uid) != 0)
		return PST_E_SYS;
	/* no way back, or it was none */
	if (setresuid(0, 0, 0) == 0 || setresgid(0, 0, 0) == 0)
		return PST_E_SYS;
	return PST_OK;
}

/* Leaves exactly the N capabilities CAPS, and out of those only what is there already. */
static int caps_keep(const cap_value_t *caps, int n)
{
	cap_t have = cap_get_proc();
	cap_t keep = cap_init();
	int rc = have == NULL || keep == NULL ? PST_E_SYS : PST_OK;
	for (int i = 0; rc == PST_OK && i < n; i++) {
		cap_flag_value_t v = CAP_CLEAR;
		if (cap_get_flag(have, caps[i], CAP_PERMITTED, &v) != 0 || v == CAP_CLEAR)
			continue;
		if (cap_set_flag(keep, CAP_PERMITTED, 1, &caps[i], CAP_SET) != 0 ||
		        cap_set_flag(keep, CAP_EFFECTIVE, 1, &caps[i], CAP_SET) != 0)
			rc = PST_E_SYS;
	}
	if (rc == PST_OK && cap_set_proc(keep) != 0)
		rc = PST_E_SYS;
	cap_free(have);
	cap_free(keep);
	return rc;
}

static void bounding_drop(void)
{
	/* without CAP_SETPCAP this is refused, and the set is of no use then: no_new_privs follows */
	for (cap_value_t c = 0; CAP_IS_SUPPORTED(c); c++)
		(void)cap_drop_bound(c);
	(void)prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED, 0, 0, 0);
}

/* A service manager may forbid capset(). What an ordinary user has is not inherited by the next program unless it
 * is ambient, and that set is empty by now; no_new_privs keeps the program's file from giving any. */
static bool gone_by_exec(void)
{
	if (getuid() == 0 || geteuid() == 0)
		return false;
	for (cap_value_t c = 0; CAP_IS_SUPPORTED(c); c++) {
		if (cap_get_ambient(c) != CAP_CLEAR)
			return false;
	}
	return true;
}

int priv_drop(const struct priv_identity *id)
{
	bounding_drop();
	(void)cap_reset_ambient();
	const int rc = id->change ? change_user(id) : PST_OK;
	if (rc != PST_OK)
		return rc;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return PST_E_SYS;
	if (caps_keep(NULL, 0) != PST_OK)
		return !id->change && errno == EPERM && gone_by_exec() ? PST_OK : PST_E_SYS;
	return priv_check_dropped() == PST_OK ? PST_OK : PST_E_SYS;
}

int priv_check_dropped(void)
{
	cap_t have = cap_get_proc();
	cap_t none = cap_init();
	/* an inheritable one is of no use: only a program's file could give it, and no_new_privs forbids that */
	const int differs = have != NULL && none != NULL ? cap_compare(have, none) : -1;
	const bool clean = differs >= 0 && !CAP_DIFFERS(differs, CAP_EFFECTIVE) && !CAP_DIFFERS(differs, CAP_PERMITTED);
	cap_free(have);
	cap_free(none);
	return clean && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? PST_OK : PST_E_STATE;
}

int priv_monitor_limit(void)
{
	return caps_keep(monitor_caps, N_MONITOR_CAPS);
}

bool priv_can_net_admin(void)
{
	cap_t have = cap_get_proc();
	cap_flag_value_t v = CAP_CLEAR;
	const bool can =
	        have != NULL && cap_get_flag(have, CAP_NET_ADMIN, CAP_EFFECTIVE, &v) == 0 && v == CAP_SET;
	cap_free(have);
	return can;
}
