package webhook

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"
)

// Refused says that the address behind a URL is none that we connect to.
type Refused struct{ Why string }

func (r *Refused) Error() string { return "webhook: refused to connect: " + r.Why }

// block is a range of addresses that lead to no server on the public internet.
type block struct {
	prefix netip.Prefix
	why    string
}

// Refused ranges, from IANA's registries of special-purpose addresses (RFC 6890). IPv6 is turned round: only 2000::/3 is global unicast at all, which leaves
// out loopback, link-local, unique local, multicast, IPv4-mapped and -compatible, and both prefixes of NAT64; what is refused inside it stands here.
var (
	blocks4 = []block{
		{netip.MustParsePrefix("0.0.0.0/8"), "unspecified"},
		{netip.MustParsePrefix("10.0.0.0/8"), "private"},
		{netip.MustParsePrefix("100.64.0.0/10"), "behind a carrier's NAT"}, // and the metadata of some clouds
		{netip.MustParsePrefix("127.0.0.0/8"), "loopback"},
		{netip.MustParsePrefix("168.63.129.16/32"), "a cloud's metadata"},
		{netip.MustParsePrefix("169.254.0.0/16"), "link-local"}, // and the metadata of most clouds
		{netip.MustParsePrefix("172.16.0.0/12"), "private"},
		{netip.MustParsePrefix("192.0.0.0/24"), "reserved"},
		{netip.MustParsePrefix("192.0.2.0/24"), "for documentation"},
		{netip.MustParsePrefix("192.88.99.0/24"), "a 6to4 relay"},
		{netip.MustParsePrefix("192.168.0.0/16"), "private"},
		{netip.MustParsePrefix("198.18.0.0/15"), "for benchmarks"},
		{netip.MustParsePrefix("198.51.100.0/24"), "for documentation"},
		{netip.MustParsePrefix("203.0.113.0/24"), "for documentation"},
		{netip.MustParsePrefix("224.0.0.0/4"), "multicast"},
		{netip.MustParsePrefix("240.0.0.0/4"), "reserved"}, // and broadcast
	}
	global6 = netip.MustParsePrefix("2000::/3")
	blocks6 = []block{
		{netip.MustParsePrefix("2001::/23"), "reserved"}, // Teredo, which holds an IPv4 address, among them
		{netip.MustParsePrefix("2001:db8::/32"), "for documentation"},
		{netip.MustParsePrefix("2002::/16"), "6to4, which holds an IPv4 address"},
		{netip.MustParsePrefix("3ffe::/16"), "reserved"},
		{netip.MustParsePrefix("3fff::/20"), "for documentation"},
	}
)

// forbidden says why a is no address of a public server; "" when it may be one.
func forbidden(a netip.Addr) string {
	blocks := blocks4
	switch {
	case !a.IsValid():
		return "no address"
	case a.Zone() != "":
		return "link-local"
	case a.Is4In6():
		return "IPv4-mapped"
	case a.Is6():
		if blocks = blocks6; !global6.Contains(a) {
			return "not global unicast"
		}
	}
	for _, b := range blocks {
		if b.prefix.Contains(a) {
			return b.why
		}
	}
	return ""
}

// guard is a net.Dialer's Control: it is called with the address that is about to be connected to, after the look-up and before the first packet.
func guard(ports []uint16) func(network, address string, _ syscall.RawConn) error {
	return func(network, address string, _ syscall.RawConn) error {
		if network != "tcp4" && network != "tcp6" {
			return &Refused{"network " + network}
		}
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return &Refused{"no address"}
		}
		if why := forbidden(to.Addr()); why != "" {
			return &Refused{"the address is " + why}
		}
		return onPort(to.Port(), ports)
	}
}

func onPort(port uint16, ports []uint16) error {
	for _, p := range ports {
		if p == port {
			return nil
		}
	}
	return &Refused{fmt.Sprintf("port %d is not among %v", port, ports)}
}

// IsRefused tells whether err says that an address was refused, which somebody should look at: a wrong URL, or a wicked one.
func IsRefused(err error) bool {
	var r *Refused
	return errors.As(err, &r)
}

// Guard is the Control of a net.Dialer that connects to public addresses on these ports only, whatever a name turned out to lead to.
func Guard(ports ...uint16) func(network, address string, _ syscall.RawConn) error {
	return guard(ports)
}
