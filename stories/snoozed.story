# What is put off comes back at its time; what was promised still runs; a message of the customer's ends the snooze.
begin 2026-11-23T10:00:00+01:00
+0s Mira writes "How do I change my seat, please?"
  full receipt
+5m marta snoozes 2h
  status snoozed
  clock in 2h
+2h the clock
  status open
+1m marta snoozes 2h
  status snoozed
+5m Mira goes on "I found the page, but it shows an error. What now?"
  short receipt
  status open
