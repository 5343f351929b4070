# Four receipts an hour, twelve a day, to one sender.
begin 2026-11-23T10:00:00+01:00
+0s  Mira writes "Question one?"
  full receipt
+5m  Mira writes "Question two?"
  full receipt
+5m  Mira writes "Question three?"
  full receipt
+5m  Mira writes "Question four?"
  full receipt
+5m  Mira writes "Question five?"
  no receipt: over_budget_sender_hour
+41m Mira writes "Question six?"
  full receipt
+60m Mira writes "Question seven?"
  full receipt
+5m Mira writes "Question eight?"
  full receipt
+5m Mira writes "Question nine?"
  full receipt
+5m Mira writes "Question ten?"
  full receipt
+61m Mira writes "Question eleven?"
  full receipt
+5m Mira writes "Question twelve?"
  full receipt
+5m Mira writes "Question thirteen?"
  full receipt
+61m Mira writes "Question fourteen?"
  no receipt: over_budget_sender_day
+24h Mira writes "Question fifteen?"
  full receipt
