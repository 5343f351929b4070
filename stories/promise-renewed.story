# The first time has passed unkept; what follows is told a new one.
begin 2026-11-23T10:00:00+01:00
+0s Mira writes "My bag is lost, this is terrible!"
  full receipt
  promised within 1h
+90m Mira goes on "Hello? Is anybody there?"
  short receipt
  promised within 2h
