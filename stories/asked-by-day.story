# Nobody is asked at night. Kenji's matter is resolved at 22:00 where he is, and he is asked at nine in the morning after the day that follows.
by the rule book asking.yaml
begin 2026-11-23T10:00:00+01:00

+0s Kenji writes "Can I take my drum along?", zone +09:00
  full receipt
+3h marta answers
+1h marta resolves
  clock in 35h
# The desk slept, and it is night again: he is not asked then.
+46h the clock
  asks-nobody
  why a survey waits for the morning where the contact is
  clock in 13h
+13h the clock
  asks Kenji, signed by ana

# Oda wants no automatic mail any more.
+1h Oda writes "I need an invoice."
+1h marta answers
+1h Oda goes on "stop", stop
+1h marta resolves
+28h the clock
  asks-nobody
  why no survey: not_askable

# Ugo's address is not proved: he has had no receipt, and is asked nothing.
+1h Ugo writes "I need an invoice, too.", silenced unauthenticated
  no receipt: unauthenticated
+1h marta answers
+1h marta resolves
+24h the clock
  asks-nobody
