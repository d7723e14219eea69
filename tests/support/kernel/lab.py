"""Builds networks of the kernel's own and sends probes through them: one JSON request a line in, one JSON answer a line out.

Namespaces are held by descriptors of this process alone and have no name: when it ends, however it ends, the kernel takes them away.
A socket belongs to the namespace in which it was made, so that one process serves the probes of all of them.
"""

import ctypes
import errno
import json
import os
import resource
import select
import socket
import struct
import subprocess
import sys

NEW_NET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
CURRENT = "/proc/thread-self/ns/net"
HOST = os.open(CURRENT, os.O_RDONLY)
HOST_NAME = os.readlink(CURRENT)
SYSCTLS = {
    "ipv4/ip_forward": 1,
    "ipv4/conf/all/rp_filter": 0,
    "ipv4/conf/default/rp_filter": 0,
    "ipv4/icmp_ratelimit": 0,
    "ipv6/conf/all/disable_ipv6": 0,
    "ipv6/conf/default/disable_ipv6": 0,
    "ipv6/conf/all/forwarding": 1,
    # Addresses are usable at once.
    "ipv6/conf/all/accept_dad": 0,
    "ipv6/conf/default/accept_dad": 0,
    "ipv6/conf/default/dad_transmits": 0,
}


def enter(namespace):
    if LIBC.setns(namespace, NEW_NET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def make_namespace():
    if LIBC.unshare(NEW_NET) != 0:
        raise OSError(ctypes.get_errno(), f"a network namespace: {os.strerror(ctypes.get_errno())}")
    namespace = os.open(CURRENT, os.O_RDONLY)
    for name, value in SYSCTLS.items():
        with open("/proc/sys/net/" + name, "w") as file:
            file.write(str(value))
    return namespace


def run(command, text):
    """Runs a command in the namespace that was entered, and never in the machine's own."""
    if os.readlink(CURRENT) == HOST_NAME:
        raise RuntimeError("not in a namespace of its own")
    done = subprocess.run(command, input=text.encode(), capture_output=True)
    if done.returncode != 0 or done.stderr:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.decode().strip()}\n{text}")


class Topology:
    """One network with its servers; `arrived` and `returned` hold the numbers of probes."""

    def __init__(self, plan):
        self.namespaces = {}
        self.sockets = []
        self.arrived = set()
        self.returned = set()
        try:
            self.build(plan)
        except BaseException:
            self.close()
            raise

    def build(self, plan):
        for space in plan["namespaces"]:
            self.namespaces[space["name"]] = make_namespace()
        path = {name: f"/proc/{os.getpid()}/fd/{number}" for name, number in self.namespaces.items()}
        # Both ends get one hardware address and ask for none: what one sends, the other takes for its own.
        same = "address 02:00:00:00:00:01"
        links = [
            f"link add {a['device']} netns {path[a['name']]} {same} type veth peer name {b['device']} netns {path[b['name']]} {same}"
            if cable["kind"] == "line"
            else f"link add {a['device']} netns {path[a['name']]} type veth peer name {b['device']} netns {path[b['name']]}"
            for cable in plan["cables"]
            for a, b in [cable["ends"]]
        ]
        run(["ip", "-batch", "-"], "\n".join(links) + "\n")
        for space in plan["namespaces"]:
            enter(self.namespaces[space["name"]])
            run(["ip", "-batch", "-"], "\n".join(space["ip"]) + "\n")
            if "ip6" in space:
                run(["ip", "-6", "-batch", "-"], "\n".join(space["ip6"]) + "\n")
            if space["nft"]:
                run(["nft", "-f", "-"], space["nft"])
        for server in plan["servers"]:
            self.serve(server)

    def open(self, name, address, port, kind):
        enter(self.namespaces[name])
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        one = socket.socket(family, kind | socket.SOCK_NONBLOCK)
        self.sockets.append(one)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((address, port))
        except OSError as error:
            raise RuntimeError(f"bind {address} {port} in {name}: {error}") from error
        return one

    def serve(self, server):
        """The kernel answers TCP by itself; UDP is echoed."""
        at = (server["namespace"], server["address"], server["port"])
        listener = self.open(*at, socket.SOCK_STREAM)
        listener.listen(4096)
        echo = self.open(*at, socket.SOCK_DGRAM)
        POLL.register(echo, self.echo, echo)

    def echo(self, one):
        for data, sender in received(one):
            self.arrived.add(struct.unpack("!I", data)[0])
            attempt(one.sendto, data, sender)

    def probe(self, probes):
        """Sends all; whether they arrive is seen later."""
        senders = {}
        for number, probe in enumerate(probes):
            key, target = (probe["namespace"], probe["source"], probe["sourcePort"]), (probe["destination"], probe["port"])
            if probe["protocol"] == "udp":
                if key not in senders:
                    senders[key] = self.open(*key, socket.SOCK_DGRAM)
                    POLL.register(senders[key], lambda one, probes=probes: self.answered(one, probes), senders[key])
                attempt(senders[key].sendto, struct.pack("!I", number), target)
            else:
                client = self.open(*key, socket.SOCK_STREAM)
                if attempt(client.connect_ex, target) in (0, errno.EINPROGRESS):
                    POLL.register(client, lambda one, number=number: self.connected(one, number), client, select.EPOLLOUT)

    def answered(self, one, probes):
        for data, sender in received(one):
            number = struct.unpack("!I", data)[0]
            # An answer from elsewhere is none.
            if sender[:2] == (probes[number]["destination"], probes[number]["port"]):
                self.returned.add(number)

    def connected(self, one, number):
        POLL.forget(one)
        if one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
            self.returned.add(number)

    def close(self):
        for one in self.sockets:
            POLL.forget(one)
            one.close()
        for namespace in self.namespaces.values():
            os.close(namespace)
        self.sockets, self.namespaces = [], {}


class Poll:
    def __init__(self):
        self.epoll = select.epoll()
        self.handlers = {}

    def register(self, one, handler, argument, events=select.EPOLLIN):
        self.handlers[one.fileno()] = (handler, argument)
        self.epoll.register(one, events)

    def forget(self, one):
        if self.handlers.pop(one.fileno(), None) is not None:
            self.epoll.unregister(one)

    def settle(self, silence):
        """Until nothing has happened for so many seconds."""
        while events := self.epoll.poll(silence):
            for number, _ in events:
                if number in self.handlers:
                    handler, argument = self.handlers[number]
                    handler(argument)


POLL = Poll()


def received(one):
    """Datagrams that wait; what ICMP says in between is passed over."""
    for _ in range(4096):
        try:
            yield one.recvfrom(64)
        except BlockingIOError:
            return
        except OSError:
            continue


def attempt(call, *arguments):
    """A filter or a missing route may refuse at once: then the packet has not gone."""
    try:
        return call(*arguments)
    except OSError:
        return None


def answer(request):
    topologies = []
    try:
        for plan in request["plans"]:
            topologies.append(Topology(plan))
        for topology, plan in zip(topologies, request["plans"]):
            topology.probe(plan["probes"])
            POLL.settle(0)
        POLL.settle(request["silence"])
        return {"results": [{"arrived": sorted(one.arrived), "returned": sorted(one.returned)} for one in topologies]}
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        return {"error": str(error)}
    finally:
        for topology in topologies:
            topology.close()
        attempt(enter, HOST)


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


main()
