# Nobody answers: warned at three quarters of the hour, breached at the second, escalated until somebody has it.
begin 2026-11-23T10:00:00+01:00
+0s Mira writes "My suitcase is lost and nobody answers. This is unacceptable!"
  full receipt signed by marta
  priority high
  clock in 45m
+44m the clock
  nothing-happens
+1m the clock
  clock in 5m
  pages-nobody
+5m the clock
  notices renewed signed by marta
  clock in 10m
+10m the clock
  target first_response breached
  promise renewed
  priority high
  pages marta
  clock in 5m
+5m the clock
  pages oleg
+1m marta claims
  assigned to marta
+4m the clock
  nothing-happens
