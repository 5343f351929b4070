# An answer to the receipt comes within seconds: it gets a short receipt once, so that two robots cannot play ball.
begin 2026-11-23T10:00:00+01:00
+0s  Mira writes "Where is my bag?"
  full receipt
+10s Mira answers the receipt "It is the red one, by the way."
  short receipt
  conversations 1
+10s Mira answers the receipt "And it has wheels."
  shares the receipt
