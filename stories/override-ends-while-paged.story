# Oleg takes the evening for marta; his override ends while a page is open: the next run of the ladder calls who is on then.
begin 2026-11-23T17:00:00+01:00
+0s oleg takes over from marta for 10m
+0s Mira writes "URGENT: my flight leaves in an hour and I cannot check in, please help me immediately!"
  full receipt signed by oleg
  pages oleg
+4m the clock
  notices renewed signed by oleg
+1m the clock
  target first_response breached
  pages ana, oleg
+10m the clock
  pages ana, marta
