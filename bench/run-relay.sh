#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# run-relay.sh BUILD_DIR [--pps] [--json] [options]: makes a network of three namespaces (in, gw, out), seen by this
# process alone, and runs relay_bench in it; with --pps, relay_pps (as root only).
# Works as root and, where user namespaces are allowed, as anybody.
set -eu

if [ "${1:-}" != --inside ]; then
	[ $# -ge 1 ] || { echo "usage: run-relay.sh BUILD_DIR [--pps] [--json]" >&2; exit 2; }
	flags=-nm
	[ "$(id -u)" = 0 ] || flags=-rnm
	exec unshare "$flags" sh "$0" --inside "$@"
fi
shift
build=$1
shift
program=relay_bench
if [ "${1:-}" = --pps ]; then
	program=relay_pps
	shift
fi

# the name space of this process's mounts only: nothing is seen or left outside
mount -t tmpfs none /run
mkdir /run/netns
for ns in in gw out; do
	ip netns add $ns
	ip -n $ns link set lo up
done
# in -- gw -- out, and a bare wire from in to out
ip link add eth0 netns in type veth peer name in netns gw
ip link add eth0 netns out type veth peer name out netns gw
ip link add wire netns in type veth peer name wire netns out
address() {
	ip -n "$1" addr add "$3" dev "$2"
	ip -n "$1" link set "$2" up
}
address in eth0 10.0.0.2/24
address gw in 10.0.0.1/24
address out eth0 203.0.113.2/24
address gw out 203.0.113.1/24
address in wire 198.51.100.1/24
address out wire 198.51.100.2/24
ip -n in route add default via 10.0.0.1
ip -n out route add default via 203.0.113.1
ip netns exec gw sysctl -qw net.ipv4.ip_forward=1

exec "$build/bench/$program" "$@"
