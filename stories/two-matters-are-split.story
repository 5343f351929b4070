# One thread, two matters: what is split off is owed an answer by itself, and what stays is owed as before.
begin 2026-11-23T10:00:00+01:00
+0s Mira writes "Where is my bag?"
  full receipt
+5m Mira goes on "And where is my dog?"
  short receipt
+1m marta splits off the newest
  target first_response
  beside is owed first_response
