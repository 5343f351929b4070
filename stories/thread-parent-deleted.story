# The post that began a thread is deleted; what its author wrote below it is still owed an answer, and what she writes to it still comes to it.
begin 2026-11-23T10:00:00+01:00
+0s  Mira writes "My bag is lost, and your staff are fools!", on mastodon
  full receipt
what was decided has left
+5m  Mira deletes it
  withdrawn
  recalls-nothing
+1m  Mira goes on "Sorry. But my bag is lost.", on mastodon
  conversations 1
+5m  marta answers
  sends a reply
