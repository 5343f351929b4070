# A day after a matter is resolved its contact is asked how it was: once in thirty days, by day, and never while somebody owes something.
by the rule book asking.yaml
begin 2026-11-23T10:00:00+01:00

+0s Mira writes "Where is my bag?"
  full receipt
+1h marta answers
+1h marta resolves
  status resolved
  why marta resolved it
  clock in 24h
+24h the clock
  asks Mira, signed by ana
  status resolved
+1h Mira rates "4 Quick and kind."
  rated 4
  status resolved
# She changes her mind, and says the same again.
+1h Mira rates "2 The bag was wet."
  rated 2
+0s Mira rates "2 The bag was wet."
  taken before
# A rating opens nothing; a mail does, and is a mail as any other.
+1h Mira goes on "And where is my other bag?"
  full receipt
  status open
+1h marta answers
+1h marta resolves
  clock in 24h
# It is asked about once in thirty days.
+24h the clock
  asks-nobody
  why no survey: asked_lately
# The time of the first question is over.
+144h Mira rates "5"
  refused: not_asked

# Who writes before she is asked is not asked.
+736h Oda writes "My name is spelled wrong on the ticket."
+1h marta answers
+10m marta resolves
  clock in 24h
+1h Oda goes on "It is still wrong."
  status open
  why no survey: it is not resolved any more
+24h the clock
  asks-nobody

# Who resolves a matter by mistake, and takes it back, asks nobody.
+1h marta answers
+10m marta resolves
+1m marta reopens
  why no survey

# What was only thanked for is no reason to ask.
+1h Pia writes "Thank you, that was a wonderful flight!"
  full receipt
+1h marta resolves
  asks-nobody
+24h the clock
  asks-nobody
