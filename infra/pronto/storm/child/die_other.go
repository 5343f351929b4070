//go:build !linux

package child

import "syscall"

// dieWithUs needs Linux; elsewhere a desk may outlive a program that was killed.
func dieWithUs() *syscall.SysProcAttr { return nil }
