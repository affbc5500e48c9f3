/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One table says which fields a type has; encoding and decoding walk it. */
#include "priv/msg.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum field {
	F_GENERATION = 1 << 0,
	F_REALM = 1 << 1,
	F_INTERFACE = 1 << 2,
	F_FILE = 1 << 3,
	F_STATUS = 1 << 4,
	F_ERRNO = 1 << 5,
	F_COUNTS = 1 << 6,
	F_SERVICE = 1 << 7,
	F_PEER = 1 << 8,
	F_POOL = 1 << 9,
	F_ADDRESS = 1 << 10,
};

static const struct {
	const char *name;
	bool from_child;
	unsigned fields;
} types[] = {
        [PRIV_BIND] = {"bind", true, F_GENERATION | F_REALM | F_INTERFACE | F_SERVICE},
        [PRIV_FW_APPLY] = {"fw_apply", true, F_GENERATION},
        [PRIV_FW_REMOVE] = {"fw_remove", true, 0},
        [PRIV_CONTROL] = {"control", true, 0},
        [PRIV_RELAY] = {"relay", true, F_GENERATION | F_SERVICE},
        [PRIV_OPEN_STATE] = {"open_state", true, F_FILE},
        [PRIV_CONFIG_DONE] = {"config_done", true, F_GENERATION | F_STATUS | F_ERRNO},
        [PRIV_REPORT] = {"report", true, F_COUNTS},
        [PRIV_REPLY] = {"reply", false, F_STATUS | F_ERRNO},
        [PRIV_CONFIG] = {"config", false, F_GENERATION},
        [PRIV_STOP] = {"stop", false, 0},
        [PRIV_PREPARED] = {"prepared", true, F_GENERATION | F_STATUS | F_ERRNO},
        [PRIV_COMMIT] = {"commit", false, F_GENERATION},
        [PRIV_ABORT] = {"abort", false, F_GENERATION},
        [PRIV_PEER] = {"peer", false, F_PEER},
        [PRIV_ADDRESS_ON] = {"address_on", true, F_GENERATION | F_REALM | F_POOL | F_ADDRESS},
        [PRIV_ADDRESS_OFF] = {"address_off", true, F_ADDRESS},
        [PRIV_ADDRESS_BEGIN] = {"address_begin", true, 0},
        [PRIV_ADDRESS_END] = {"address_end", true, 0},
        [PRIV_MEET] = {"meet", true, F_PEER},
};

static bool type_known(unsigned type)
{
	return type < sizeof types / sizeof types[0] && types[type].name != NULL;
}

bool priv_msg_from_child(enum priv_type type)
{
	return type_known(type) && types[type].from_child;
}

const char *priv_msg_name(enum priv_type type)
{
	return type_known(type) ? types[type].name : "unknown";
}

int priv_msg_encode(const struct priv_msg *m, struct writer *w)
{
	if (!type_known(m->type))
		return PST_E_ARG;
	const unsigned f = types[m->type].fields;
	wr_u8(w, (uint8_t)m->type);
	wr_u32(w, m->id);
	if (f & F_GENERATION)
		wr_u32(w, m->generation);
	if (f & F_REALM)
		wr_u16(w, m->realm);
	if (f & F_INTERFACE)
		wr_u16(w, m->interface);
	if (f & F_SERVICE)
		wr_u8(w, m->service);
	if (f & F_POOL)
		wr_u16(w, m->pool);
	if (f & F_ADDRESS) {
		wr_u8(w, m->address.family);
		wr_bytes(w, slice_of(m->address.ip, sizeof m->address.ip));
	}
	if (f & F_FILE)
		wr_u8(w, m->file);
	if (f & F_PEER)
		wr_u8(w, m->peer);
	if (f & F_STATUS)
		wr_u8(w, (uint8_t)-m->status);
	if (f & F_ERRNO)
		wr_u16(w, (uint16_t)m->sys_errno);
	if (f & F_COUNTS) {
		wr_u32(w, m->calls);
		wr_u32(w, m->pinholes);
	}
	return wr_done(w);
}

/* The status travels as what enum pst_err has, without its sign. */
static int read_status(struct reader *r, int32_t *status)
{
	uint8_t v;
	const int rc = rd_u8(r, &v);
	if (rc != PST_OK)
		return rc;
	if (v > -PST_E_BUSY)
		return PST_E_RANGE;
	*status = -(int32_t)v;
	return PST_OK;
}

static int read_errno(struct reader *r, int32_t *sys_errno)
{
	uint16_t v;
	const int rc = rd_u16(r, &v);
	if (rc != PST_OK)
		return rc;
	*sys_errno = v;
	return PST_OK;
}

static int read_file(struct reader *r, uint8_t *file)
{
	const int rc = rd_u8(r, file);
	if (rc != PST_OK)
		return rc;
	return *file < PRIV_N_FILES ? PST_OK : PST_E_RANGE;
}

static int read_peer(struct reader *r, uint8_t *peer)
{
	const int rc = rd_u8(r, peer);
	if (rc != PST_OK)
		return rc;
	return *peer < PRIV_CHILDREN_MAX ? PST_OK : PST_E_RANGE;
}

/* An IPv4 address has twelve zeros behind it. */
static int read_address(struct reader *r, struct addr *address)
{
	struct addr a = {0};
	struct pst_slice ip;
	int rc = rd_u8(r, &a.family);
	if (rc == PST_OK)
		rc = rd_take(r, sizeof a.ip, &ip);
	if (rc != PST_OK)
		return rc;
	memcpy(a.ip, ip.p, sizeof a.ip);
	for (size_t i = a.family == ADDR_IP4 ? 4 : 16; i < sizeof a.ip; i++) {
		if (a.ip[i] != 0)
			return PST_E_RANGE;
	}
	if (a.family != ADDR_IP4 && a.family != ADDR_IP6)
		return PST_E_RANGE;
	*address = a;
	return PST_OK;
}

static int read_fields(struct reader *r, unsigned f, struct priv_msg *m)
{
	int rc = rd_u32(r, &m->id);
	if (rc == PST_OK && (f & F_GENERATION))
		rc = rd_u32(r, &m->generation);
	if (rc == PST_OK && (f & F_REALM))
		rc = rd_u16(r, &m->realm);
	if (rc == PST_OK && (f & F_INTERFACE))
		rc = rd_u16(r, &m->interface);
	if (rc == PST_OK && (f & F_SERVICE))
		rc = rd_u8(r, &m->service);
	if (rc == PST_OK && (f & F_POOL))
		rc = rd_u16(r, &m->pool);
	if (rc == PST_OK && (f & F_ADDRESS))
		rc = read_address(r, &m->address);
	if (rc == PST_OK && (f & F_FILE))
		rc = read_file(r, &m->file);
	if (rc == PST_OK && (f & F_PEER))
		rc = read_peer(r, &m->peer);
	if (rc == PST_OK && (f & F_STATUS))
		rc = read_status(r, &m->status);
	if (rc == PST_OK && (f & F_ERRNO))
		rc = read_errno(r, &m->sys_errno);
	if (rc == PST_OK && (f & F_COUNTS))
		rc = rd_u32(r, &m->calls);
	if (rc == PST_OK && (f & F_COUNTS))
		rc = rd_u32(r, &m->pinholes);
	return rc;
}

int priv_msg_decode(struct priv_msg *m, struct pst_slice data)
{
	struct reader r = rd_of(data);
	struct priv_msg out = {0};
	uint8_t type;
	int rc = rd_u8(&r, &type);
	if (rc != PST_OK)
		return rc;
	if (!type_known(type))
		return PST_E_BAD;
	out.type = (enum priv_type)type;
	rc = read_fields(&r, types[type].fields, &out);
	if (rc != PST_OK)
		return rc;
	if (rd_left(&r) != 0)
		return PST_E_BAD;
	*m = out;
	return PST_OK;
}

int priv_msg_send(int sock, const struct priv_msg *m, int fd)
{
	uint8_t data[PRIV_MSG_MAX];
	struct writer w = wr_of(data, sizeof data);
	const int rc = priv_msg_encode(m, &w);
	if (rc != PST_OK)
		return rc;
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {.space = {0}};
	struct iovec iov = {.iov_base = data, .iov_len = w.n};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	if (fd >= 0) {
		msg.msg_control = control.space;
		msg.msg_controllen = sizeof control.space;
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof fd);
	}
	for (;;) {
		if (sendmsg(sock, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
			return PST_OK;
		if (errno != EINTR)
			return errno == EAGAIN || errno == EWOULDBLOCK ? PST_E_BUSY : PST_E_SYS;
	}
}

/* The descriptor beside a message. The buffer has room for two, so that a second one is seen, closed and
 * refused. */
static int take_fd(struct msghdr *msg, int *fd)
{
	int rc = msg->msg_flags & MSG_CTRUNC ? PST_E_BAD : PST_OK;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		const size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int got;
			memcpy(&got, CMSG_DATA(c) + i * sizeof got, sizeof got);
			if (*fd < 0) {
				*fd = got;
			} else {
				close(got);
				rc = PST_E_BAD;
			}
		}
	}
	return rc;
}

int priv_msg_recv(int sock, struct priv_msg *m, int *fd)
{
	uint8_t data[PRIV_MSG_MAX];
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(2 * sizeof(int))];
	} control;
	struct iovec iov = {.iov_base = data, .iov_len = sizeof data};
	struct msghdr msg = {.msg_iov = &iov,
	        .msg_iovlen = 1,
	        .msg_control = control.space,
	        .msg_controllen = sizeof control.space};
	ssize_t n;
	/* that the other end closed without having read all is told first, once; what it said is still there */
	do
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? PST_E_AGAIN : PST_E_SYS;
	int got = -1;
	int rc = take_fd(&msg, &got);
	if (rc == PST_OK && n == 0)
		rc = PST_E_NOT_FOUND;
	if (rc == PST_OK && (msg.msg_flags & MSG_TRUNC))
		rc = PST_E_BAD;
	if (rc == PST_OK)
		rc = priv_msg_decode(m, slice_of(data, (size_t)n));
	if (rc != PST_OK && got >= 0)
		close(got);
	else
		*fd = got;
	return rc;
}
