# Marta writes first, to a wrong address, and sees it in time: nobody was written to, and the conversation is closed.
begin 2026-11-23T10:00:00+01:00
+0s marta writes to Mira, to leave in 10m
  status pending
  sends-nothing
  nothing is promised
  clock in 10m
+5m marta withdraws what waits
  status closed
  sends-nothing
  no-clock
