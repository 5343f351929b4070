# Between a letter and its time its reader complains about a mail of ours: it does not leave, and Marta sees why. Another, to who has said nothing, leaves.
begin 2026-11-23T10:00:00+01:00
+0s marta writes to Paolo, to leave in 1h
  sends-nothing
+1h the clock
  begins the conversation
  status pending
+0s marta writes to Mira, to leave in 1h
  sends-nothing
+30m Mira complains
+30m the clock
  stops the letter: unwanted
  why not to be written to any more
+1m marta writes to Mira
  refused: contact_complained
