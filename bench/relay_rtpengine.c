/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rtpengine as the bench's gateway, where it is installed: a process of its own without its kernel module, told of each
 * stream by offer and answer over its control protocol (bencoded dictionaries behind a cookie, over UDP).
 */
#include "bench/relay_bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CONTROL_PORT = 2223, MESSAGE = 2048, TRIES = 100, TRY_MS = 100 };

static pid_t start(const struct addr legs[2])
{
	char in[80], out[80], text[ADDR_STRLEN];
	snprintf(in, sizeof in, "--interface=in/%s", addr_ip_str(&legs[0], text));
	snprintf(out, sizeof out, "--interface=out/%s", addr_ip_str(&legs[1], text));
	const pid_t pid = fork();
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	const int null = open("/dev/null", O_RDWR);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	execlp("rtpengine", "rtpengine", "--config-file=none", "--foreground", "--table=-1", "--log-level=1",
		"--listen-ng=127.0.0.1:2223", "--port-min=10000", "--port-max=29999", in, out, (char *)NULL);
	_exit(127);
}

/* One question and its answer, which is a string. False: none came. */
static bool ask(int fd, const char *question, char answer[static MESSAGE])
{
	static unsigned cookie;
	char message[MESSAGE];
	const int n = snprintf(message, sizeof message, "%u %s", ++cookie, question);
	if (n < 0 || (size_t)n >= sizeof message || send(fd, message, (size_t)n, 0) != n)
		return false;
	const ssize_t got = recv(fd, answer, MESSAGE - 1, 0);
	answer[got > 0 ? got : 0] = '\0';
	return got > 0 && strtoul(answer, NULL, 10) == cookie;
}

static int control(void)
{
	const struct sockaddr_in at = { AF_INET, htons(CONTROL_PORT), { htonl(INADDR_LOOPBACK) }, { 0 } };
	const struct timeval patience = { 0, TRY_MS * 1000 };
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char answer[MESSAGE];
	if (fd < 0 || connect(fd, (const struct sockaddr *)&at, sizeof at) != 0 ||
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0)
		return -1;
	for (int i = 0; i < TRIES; i++) {
		if (ask(fd, "d7:command4:pinge", answer))
			return fd;
		/* refused at once while nobody listens */
		nanosleep(&(struct timespec){ 0, TRY_MS * 1000000 }, NULL);
	}
	close(fd);
	return -1;
}

/* An offer or an answer of HOST's side; the gateway's port in what comes back. 0: none. */
static uint16_t tell(int fd, uint32_t stream, bool offer, const struct addr *host)
{
	char sdp[512], question[MESSAGE], answer[MESSAGE], ip[ADDR_STRLEN], id[16];
	addr_ip_str(host, ip);
	const int n = snprintf(sdp, sizeof sdp,
		"v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %u RTP/AVP 0\r\n", ip, ip, host->port);
	snprintf(id, sizeof id, "%08u", stream);
	snprintf(question, sizeof question,
		"d3:ICE6:remove7:call-id8:%s7:command%s%s5:flagsl13:trust-addresse8:from-tag1:a3:sdp%d:%s%se", id,
		offer ? "5:offer" : "6:answer", offer ? "9:directionl2:in3:oute" : "", n, sdp, offer ? "" : "6:to-tag1:b");
	const char *media = ask(fd, question, answer) ? strstr(answer, "m=audio ") : NULL;
	return media != NULL ? (uint16_t)strtoul(media + 8, NULL, 10) : 0;
}

static uint64_t cpu_of(pid_t pid)
{
	struct timespec t = { 0 };
	clockid_t clock;
	if (clock_getcpuclockid(pid, &clock) == 0)
		clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int part_rtpengine(uint32_t streams, const struct addr legs[2], const struct addr hosts[2], int in, int out)
{
	uint16_t ports[STREAMS_MAX] = { 0 };
	const pid_t pid = start(legs);
	const int fd = control();
	bool good = fd >= 0;
	for (uint32_t i = 0; good && i < streams; i++) {
		const struct addr from = addr_with_port(hosts[0], (uint16_t)(SOURCE_PORT + i)),
				  to = addr_with_port(hosts[1], SINK_PORT);
		good = tell(fd, i, true, &from) != 0 && (ports[i] = tell(fd, i, false, &to)) != 0;
	}
	char go;
	good = good && write_all(out, ports, streams * sizeof *ports) && read_all(in, &go, 1);
	const uint64_t before = cpu_of(pid);
	if (good)
		(void)!read(in, &go, 1); /* until its end */
	const uint64_t used = cpu_of(pid) - before;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return good && write_all(out, &used, sizeof used) ? 0 : 1;
}
