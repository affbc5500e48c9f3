/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the monitor opens: listeners, the control socket, state files, sealed text. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "loop/net.h"
#include "priv/open.h"

static char dir[] = "/tmp/postern-test-XXXXXX";

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) != NULL ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

static void test_listener(void **state)
{
	(void)state;
	struct addr a, local;
	int fd = -1, other = -1;
	assert_int_equal(addr_parse(&a, "127.0.0.1", 0), PST_OK);
	assert_int_equal(priv_open_listener(&a, NULL, &fd), PST_OK);
	assert_int_equal(loop_fd_local(fd, &local), PST_OK);
	assert_true(addr_ip_eq(&a, &local));
	assert_int_equal(priv_open_listener(&local, NULL, &other), PST_E_BUSY);
	assert_int_equal(other, -1);
	close(fd);
	assert_int_equal(priv_open_listener(&a, "no-such-if", &fd), PST_E_SYS);
	assert_true(errno == ENODEV || errno == EPERM);
}

static void test_datagram(void **state)
{
	(void)state;
	struct addr a, local, group, broadcast;
	int fd = -1, other = -1;
	assert_int_equal(addr_parse(&a, "127.0.0.1", 0), PST_OK);
	assert_int_equal(priv_open_datagram(&a, NULL, NULL, &fd), PST_OK);
	assert_int_equal(loop_fd_local(fd, &local), PST_OK);
	assert_true(addr_ip_eq(&a, &local));
	assert_int_equal(priv_open_datagram(&local, NULL, NULL, &other), PST_E_BUSY);
	/* two realms may have the same group and port */
	assert_int_equal(addr_parse(&group, "224.0.1.41", local.port), PST_OK);
	assert_int_equal(addr_parse(&broadcast, "255.255.255.255", local.port), PST_OK);
	for (int i = 0; i < 2; i++) {
		const struct addr *to = i == 0 ? &group : &broadcast;
		int one = -1, two = -1;
		assert_int_equal(priv_open_datagram(&a, to, NULL, &one), PST_OK);
		assert_int_equal(priv_open_datagram(&a, to, NULL, &two), PST_OK);
		close(one);
		close(two);
	}
	close(fd);
	assert_int_equal(addr_parse(&local, "::1", 0), PST_OK);
	assert_int_equal(priv_open_datagram(&local, &group, NULL, &fd), PST_E_ARG);
	assert_int_equal(priv_open_datagram(&a, NULL, "no-such-if", &fd), PST_E_SYS);
}

static void test_control(void **state)
{
	(void)state;
	char path[128], folder[64];
	int fd = -1, other = -1;
	struct stat st;
	snprintf(folder, sizeof folder, "%s/run", dir);
	snprintf(path, sizeof path, "%s/control.sock", folder);
	assert_int_equal(priv_open_control(path, (gid_t)-1, &fd), PST_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	/* somebody listens */
	assert_int_equal(priv_open_control(path, (gid_t)-1, &other), PST_E_BUSY);
	close(fd);
	/* nobody does any more */
	assert_int_equal(priv_open_control(path, (gid_t)-1, &fd), PST_OK);
	close(fd);
	unlink(path);
	/* not ours to remove */
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	close(fd);
	assert_int_equal(priv_open_control(path, (gid_t)-1, &other), PST_E_SYS);
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
	rmdir(folder);
}

static void test_state(void **state)
{
	(void)state;
	char folder[64], path[128];
	int fd = -1;
	snprintf(folder, sizeof folder, "%s/state", dir);
	snprintf(path, sizeof path, "%s/leases", folder);
	assert_int_equal(priv_open_state(folder, PRIV_FILE_LEASES, &fd), PST_OK);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
	assert_int_equal(priv_open_state(folder, PRIV_N_FILES, &fd), PST_E_ARG);
	unlink(path);
	/* a link laid there is not followed */
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(priv_open_state(folder, PRIV_FILE_LEASES, &fd), PST_E_SYS);
	assert_int_equal(errno, ELOOP);
	unlink(path);
	rmdir(folder);
}

static void test_text(void **state)
{
	(void)state;
	int fd = -1;
	char back[8] = {0};
	assert_int_equal(priv_open_text(slice_str("hello"), &fd), PST_OK);
	assert_int_equal(pread(fd, back, sizeof back, 0), 5);
	assert_string_equal(back, "hello");
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	close(fd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_listener),
	        cmocka_unit_test(test_datagram),
	        cmocka_unit_test(test_control),
	        cmocka_unit_test(test_state),
	        cmocka_unit_test(test_text),
	};
	return cmocka_run_group_tests_name("priv open", tests, make_dir, remove_dir);
}
