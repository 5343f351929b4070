package child

import "syscall"

// dieWithUs lets no desk outlive the program that started it, however that ends.
func dieWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
