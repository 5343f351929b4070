# The same words again get no second receipt: neither in the conversation nor in a new one on the same day.
begin 2026-11-23T10:00:00+01:00
+0s  Mira writes "I am out of the office until Monday."
  full receipt
+5m  Mira answers the receipt "I am out of the office until Monday."
  no receipt: repeated
+5m  Mira writes "I am out of the office until Monday."
  no receipt: repeated
+25h Mira writes "I am out of the office until Monday."
  full receipt
