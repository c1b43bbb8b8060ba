/* SPDX-License-Identifier: GPL-2.0-only */
#include "kernel/ethtool.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/own.h"
#include "wardgate/state_maps.h"

const struct offload offloads[OFFLOADS] = {
	{ "rxvlan", "hides VLAN tags from XDP", ETH_FLAG_RXVLAN, WARD_SAVED_RXVLAN_ON },
	{ "lro", "merges frames before XDP sees them", ETH_FLAG_LRO, WARD_SAVED_LRO_ON },
};

static int request(const char *ifname, void *command)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { .ifr_data = command };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	return fd < 0 || ioctl(fd, SIOCETHTOOL, &ifr) < 0 ? -errno : 0;
}

static int get_flags(const char *ifname, uint32_t *flags)
{
	struct ethtool_value value = { .cmd = ETHTOOL_GFLAGS };
	int err = request(ifname, &value);

	*flags = value.data;
	return err;
}

int offload_get(const char *ifname, const struct offload *offload, bool *on)
{
	uint32_t flags = 0;
	int err = get_flags(ifname, &flags);

	*on = !err && flags & offload->flag;
	return err == -EOPNOTSUPP ? 0 : err;
}

int offload_set(const char *ifname, const struct offload *offload, bool on)
{
	struct ethtool_value value = { .cmd = ETHTOOL_SFLAGS };
	int err = get_flags(ifname, &value.data);

	if (err)
		return err;
	value.data = on ? value.data | offload->flag : value.data & ~offload->flag;
	return request(ifname, &value);
}

int channels_get(const char *ifname, struct channels *out)
{
	struct ethtool_channels value = { .cmd = ETHTOOL_GCHANNELS };
	int err = request(ifname, &value);

	if (err)
		return err;
	*out = (struct channels){
		.receive = value.combined_count + value.rx_count,
		.most = value.max_combined ?: value.max_rx,
		.combined = value.max_combined != 0,
	};
	return 0;
}
