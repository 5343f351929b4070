package main

import (
	"fmt"
	"net"
	"strconv"
)

// address checks the form of a flag's address; whether it may be used is the desk's to say.
func address(flag, variable, addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("--%s (%s): %q is no address: write it as 127.0.0.1:PORT", flag, variable, addr)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("--%s (%s): %q is no port: use 1 to 65535, or 0 for any that is free", flag, variable, port)
	}
	return nil
}

// addresses checks both of a desk.
func addresses(smtp, http string) error {
	if err := address("smtp", "PRONTO_SMTP", smtp); err != nil {
		return err
	}
	if err := address("http", "PRONTO_HTTP", http); err != nil {
		return err
	}
	if _, port, _ := net.SplitHostPort(smtp); port != "0" && numeric(smtp) == numeric(http) {
		return fmt.Errorf("--smtp (PRONTO_SMTP) and --http (PRONTO_HTTP) are both %s: each needs a port of its own", smtp)
	}
	return nil
}

// numeric writes localhost as the address that it is first looked up as.
func numeric(addr string) string {
	host, port, _ := net.SplitHostPort(addr)
	if host == "localhost" {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
