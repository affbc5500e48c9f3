/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What outlives the process: maps and links by name in a bpf file system, for whoever comes next. The folder is the network
 * namespace's own, as a machine may have a gateway in each; names hold the layout's number, so that another layout
 * begins anew.
 */
#include "relay/kernel/place.h"

#include "base/log.h"
#include "flow.skel.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { BPF_FS = (int)0xcafe4a11, NAME = 64, PATH = PLACE_PATH + NAME };

static bool on_bpf_fs(const char *path)
{
	struct statfs fs;
	return statfs(path, &fs) == 0 && (uint32_t)fs.f_type == (uint32_t)BPF_FS;
}

static int make_folder(const char *path)
{
	return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : -1;
}

void place_pin_begin(struct relay_kernel_place *p, const char *folder)
{
	struct stat ns;
	int n = -1;
	p->pins[0] = '\0';
	if (folder == NULL)
		return;
	(void)make_folder(folder);
	if (!on_bpf_fs(folder)) {
		(void)rmdir(folder); /* it was made just now, or is not empty */
		errno = ENODEV;
	} else if (stat("/proc/self/ns/net", &ns) == 0) {
		n = snprintf(p->pins, sizeof p->pins, "%s/%llu", folder, (unsigned long long)ns.st_ino);
	}
	if (n > 0 && (size_t)n < sizeof p->pins && make_folder(p->pins) == 0)
		return;
	p->pins[0] = '\0';
	log_notice("relay", "media do not outlive the daemon: %s: %s", folder,
		errno == ENODEV ? "no bpf file system is there" : strerror(errno));
}

static const char *path_of(const struct relay_kernel_place *p, char path[PATH], const char *name)
{
	snprintf(path, PATH, "%s/%s", p->pins, name);
	return path;
}

/* All but xdp_ports: what is in it follows from xdp_numbers. */
int place_pin_maps(struct relay_kernel_place *p)
{
	struct bpf_map *const maps[] = { p->skel->maps.table, p->skel->maps.vias, p->skel->maps.pools,
		p->skel->maps.sources, p->skel->maps.xdp_numbers };
	char path[PATH], name[NAME];
	for (size_t i = 0; i < sizeof maps / sizeof *maps && p->pins[0] != '\0'; i++) {
		snprintf(name, sizeof name, "%s_%x", bpf_map__name(maps[i]), RELAY_K_MAGIC);
		const int rc = bpf_map__set_pin_path(maps[i], path_of(p, path, name));
		if (rc != 0)
			return rc;
	}
	return 0;
}

static const char *link_name(char name[NAME], const char *kind, uint32_t ifindex)
{
	snprintf(name, NAME, "%s_%u", kind, ifindex);
	return name;
}

static bool is_link_of(const struct relay_kernel_place *p, const char *name)
{
	char one[NAME];
	for (uint32_t i = 0; i < p->n; i++)
		if ((p->interfaces[i].xdp_link >= 0 &&
			    strcmp(name, link_name(one, "xdp", p->interfaces[i].index)) == 0) ||
			(p->interfaces[i].tc_link >= 0 &&
				strcmp(name, link_name(one, "tcx", p->interfaces[i].index)) == 0))
			return true;
	return false;
}

void place_pin_forget(const struct relay_kernel_place *p, bool all)
{
	char path[PATH];
	const struct dirent *e;
	DIR *d = p->pins[0] != '\0' ? opendir(p->pins) : NULL;
	while (d != NULL && (e = readdir(d)) != NULL) {
		const bool link = strncmp(e->d_name, "xdp_", 4) == 0 || strncmp(e->d_name, "tcx_", 4) == 0;
		const bool map = strncmp(e->d_name, "xdp_numbers", 11) == 0;
		if (e->d_name[0] != '.' && strlen(e->d_name) < NAME &&
			(all || (link && !map && !is_link_of(p, e->d_name))))
			(void)unlink(path_of(p, path, e->d_name));
	}
	if (d != NULL)
		closedir(d);
	if (d != NULL && all)
		(void)rmdir(p->pins);
}

int place_pin_get(const struct relay_kernel_place *p, const char *kind, uint32_t ifindex, int prog)
{
	char path[PATH], name[NAME];
	if (p->pins[0] == '\0')
		return -1;
	const int link = bpf_obj_get(path_of(p, path, link_name(name, kind, ifindex)));
	if (link < 0 || bpf_link_update(link, prog, NULL) == 0)
		return link;
	/* of an interface that is no more */
	close(link);
	(void)unlink(path);
	return -1;
}

void place_pin_put(const struct relay_kernel_place *p, const char *kind, uint32_t ifindex, int link)
{
	char path[PATH], name[NAME];
	if (p->pins[0] == '\0')
		return;
	if (bpf_obj_pin(link, path_of(p, path, link_name(name, kind, ifindex))) != 0)
		log_warn("relay", "%s: %s", path, strerror(errno));
}

void place_pin_remove(const struct relay_kernel_place *p, const char *kind, uint32_t ifindex)
{
	char path[PATH], name[NAME];
	if (p->pins[0] != '\0')
		(void)unlink(path_of(p, path, link_name(name, kind, ifindex)));
}
