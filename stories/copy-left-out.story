# Who was to have a copy has complained by the time the answer leaves: the copy is left out, Mira's answer stands, and the agents read why.
begin 2026-11-23T10:00:00+01:00
+0s Mira writes "Where is my bag?"
  full receipt
+5m marta answers with a copy to Bruno
  sends a reply
  status pending
+0s the copy to Bruno is left out
  status pending
  sends-nothing
  why contact_complained
  says "One address has not had its copy of the answer: it is not written to: its owner has marked mail of ours as unwanted."
