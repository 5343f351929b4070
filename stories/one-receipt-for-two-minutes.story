# What follows within two minutes shares the receipt; who answers the receipt itself is told that the answer came.
begin 2026-11-23T10:00:00+01:00
+0s  Mira writes "Where is my bag?"
  full receipt
+30s Mira goes on "It is the red one."
  shares the receipt
+89s Mira goes on "With a blue ribbon."
  shares the receipt
+1s  Mira goes on "And my name on it."
  short receipt
+10s Mira goes on "I forgot the flight: AC 12."
  shares the receipt
+1h  Mira goes on "Is there any news?"
  short receipt
