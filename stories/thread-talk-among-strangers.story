# People talk with each other below a post of ours: nobody speaks to us, so nobody is told anything and nobody is owed an answer, until one of them does.
begin 2026-11-23T10:00:00+01:00
+0s  Mira writes "@acmeair where is my bag?", on bluesky
  full receipt
+1m  Paolo goes on in Mira's conversation "Did you look under the bed?", on bluesky, machine not_mentioned
  no receipt: not_mentioned
  nothing is promised
  conversations 2
  priority low
+1m  Mira goes on "It is not there, Paolo.", on bluesky, silenced not_mentioned
  no receipt: not_mentioned
  conversations 2
+5m  marta answers
  sends a reply
  target first_response met
+5m  Paolo goes on "@acmeair and where is mine?", on bluesky
  full receipt
  promised within 1h
  conversations 2
