# The time is told in the customer's zone; a Date header of +0000 is what many mailers write for want of better.
begin 2026-11-23T10:00:00+01:00
+0s Kenji writes "Where is my bag, please?", zone +09:00
  full receipt
  zone sure
+0s Greta writes "Where is my ticket, please?", zone +00:00
  full receipt
  zone unsure
+0s Mira writes "Where is my seat, please?"
  full receipt
  zone unsure
