# A mail that was two days on its way is promised from now: a receipt never names a time that is over.
begin 2026-11-23T10:00:00+01:00
+0s Mira writes "My bag is lost, this is terrible!", sent 48h before
  full receipt
  promised within 1h
