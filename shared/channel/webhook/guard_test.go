package webhook

import (
	"encoding/base64"
	"math/rand/v2"
	"net/netip"
	"testing"
)

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func TestForbidden(t *testing.T) {
	for _, a := range []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255", "127.0.0.1", "127.255.255.254",
		"168.63.129.16", "169.254.0.1", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1",
		"192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:8.8.8.8", "::ffff:0:7f00:1",
		"64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:10::1", "2001:20::1",
		"2001:db8::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:808:808::1", "3ffe::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fdff::1",
		"fe80::1", "fe80::1%eth0", "febf::1", "fec0::1", "ff02::1", "ff0e::1", "2606:4700::1111%eth0",
	} {
		if forbidden(netip.MustParseAddr(a)) == "" {
			t.Errorf("%s is let through", a)
		}
	}
	for _, a := range []string{
		"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0", "168.63.129.15", "169.253.255.255",
		"169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
		"223.255.255.255", "2001:200::1", "2001:4860:4860::8888", "2003::1", "2606:4700::1111", "2a00:1450::1", "3fff:1000::1",
	} {
		if why := forbidden(netip.MustParseAddr(a)); why != "" {
			t.Errorf("%s is refused: %s", a, why)
		}
	}
	if forbidden(netip.Addr{}) == "" {
		t.Error("no address at all is let through")
	}
}

// TestForbiddenAgreesWithNetip: what the standard library can tell of an address is never let through, over random addresses of every kind.
func TestForbiddenAgreesWithNetip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	private := func(a netip.Addr) bool {
		return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() || a.Is4In6()
	}
	seen := 0
	for range 200_000 {
		var b [16]byte
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		for _, a := range []netip.Addr{netip.AddrFrom16(b), netip.AddrFrom4([4]byte(b[:4])), netip.AddrFrom16([16]byte{10: 0xff, 11: 0xff, 12: b[0], 13: b[1]})} {
			if private(a) {
				seen++
				if forbidden(a) == "" {
					t.Fatalf("%s is let through", a)
				}
			}
		}
	}
	if seen < 1000 {
		t.Fatalf("only %d addresses were of interest", seen)
	}
}

func TestGuard(t *testing.T) {
	control := guard([]uint16{443})
	for _, c := range []struct {
		network, address string
		ok               bool
	}{
		{"tcp4", "8.8.8.8:443", true}, {"tcp6", "[2606:4700::1111]:443", true}, {"tcp4", "8.8.8.8:80", false}, {"tcp4", "8.8.8.8:22", false},
		{"tcp4", "127.0.0.1:443", false}, {"tcp6", "[::1]:443", false}, {"udp4", "8.8.8.8:443", false}, {"unix", "/run/x", false}, {"tcp4", "acme.example:443", false},
	} {
		err := control(c.network, c.address, nil)
		if (err == nil) != c.ok || err != nil && !IsRefused(err) {
			t.Errorf("%s %s: %v", c.network, c.address, err)
		}
	}
}
