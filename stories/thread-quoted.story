# Who quotes our answer, to all who read her, has something to say to us; it goes on with what we answered.
begin 2026-11-23T10:00:00+01:00
+0s  Mira writes "Where is my bag?", on mastodon
  full receipt
+30m marta answers
  sends a reply
what was decided has left
+1h  Mira goes on "RE: your answer. This is what they call service, it is a disgrace!", on mastodon
  conversations 1
  full receipt
  priority high
