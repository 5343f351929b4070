# A priority that an agent sets counts before what triage read: what becomes urgent calls for somebody, and nobody is called on when it no longer is. A breach still counts.
begin 2026-11-23T10:00:00+01:00
+0s Mira writes "Do you fly to Rome on Sunday?", on custom
  priority normal
+5m marta says the priority is urgent
  priority urgent
  no-label
  pages marta
  why marta sets the priority to urgent
+1m oleg says the priority is low
  priority low
  nobody-is-called any more
+1m Mira edits "It is blue."
  no-label
+1m marta says the mood is negative
  label negative en, was neutral
  priority high
# Other words are another message: what was said of the old ones is no label of theirs.
+1m Mira edits "It is green."
  label taken back en
+1m Mira deletes it
  no-label
