/* SPDX-License-Identifier: GPL-2.0-only */
#include "kernel/features.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#include "base/own.h"

/* linux/netdev.h, which older systems lack; the numbers are the kernel's interface. */
#define NETDEV_FAMILY "netdev"
#define NETDEV_DEV_GET 1
#define NETDEV_DEV_IFINDEX 1
#define NETDEV_DEV_XDP_FEATURES 3

static void put_message(struct nl_msg **message)
{
	if (*message)
		nlmsg_free(*message);
}

static struct nl_msg *make_request(uint16_t family, uint8_t command, uint8_t version)
{
	struct nl_msg *message = nlmsg_alloc();
	struct genlmsghdr header = { .cmd = command, .version = version };

	if (message && nlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, NLM_F_REQUEST) &&
	    !nlmsg_append(message, &header, sizeof(header), NLMSG_ALIGNTO))
		return message;
	put_message(&message);
	return NULL;
}

/* Sends the request and hands its one answer to `take`. 0 or a negative error of libnl. */
static int ask(struct nl_sock *socket, struct nl_msg *request, nl_recvmsg_msg_cb_t take, void *out)
{
	int err = nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_CUSTOM, take, out)
			  ?: nl_send_auto(socket, request);

	return err < 0 ? err : nl_recvmsgs_default(socket);
}

static struct nlattr *find_attribute(struct nl_msg *message, int type)
{
	return nlmsg_find_attr(nlmsg_hdr(message), sizeof(struct genlmsghdr), type);
}

static int take_family(struct nl_msg *message, void *out)
{
	struct nlattr *id = find_attribute(message, CTRL_ATTR_FAMILY_ID);

	if (id)
		*(uint16_t *)out = nla_get_u16(id);
	return NL_OK;
}

static int take_features(struct nl_msg *message, void *out)
{
	struct nlattr *features = find_attribute(message, NETDEV_DEV_XDP_FEATURES);

	if (features)
		*(uint64_t *)out = nla_get_u64(features);
	return NL_OK;
}

void features_close(struct features *features)
{
	if (features->socket)
		nl_socket_free(features->socket);
	*features = (struct features){ 0 };
}

void features_open(struct features *out)
{
	struct features features = { .socket = nl_socket_alloc() };
	_cleanup_(put_message) struct nl_msg *request =
		make_request(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);

	*out = (struct features){ 0 };
	if (features.socket && request && !nl_connect(features.socket, NETLINK_GENERIC) &&
	    !nla_put_string(request, CTRL_ATTR_FAMILY_NAME, NETDEV_FAMILY)) {
		/* One answer and no acknowledgement: nothing is left to read. */
		nl_socket_disable_auto_ack(features.socket);
		ask(features.socket, request, take_family, &features.family);
	}
	if (features.family)
		*out = features;
	else
		features_close(&features);
}

int features_get(const struct features *features, uint32_t ifindex, uint64_t *out)
{
	_cleanup_(put_message) struct nl_msg *request = NULL;
	uint64_t found = UINT64_MAX;
	int err;

	if (!features->socket)
		return -EOPNOTSUPP;
	request = make_request(features->family, NETDEV_DEV_GET, 1);
	if (!request || nla_put_u32(request, NETDEV_DEV_IFINDEX, ifindex))
		return -ENOMEM;
	err = ask(features->socket, request, take_features, &found);
	if (err == -NLE_NODEV || err == -NLE_OBJ_NOTFOUND)
		return -ENODEV;
	if (err || found == UINT64_MAX)
		return -EOPNOTSUPP;
	*out = found;
	return 0;
}
