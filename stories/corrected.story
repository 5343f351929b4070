# Triage misreads Mira; Marta says what is right. The priority and what is due follow as if it had been read so, the promise to Mira stays, and one label is kept.
begin 2026-11-23T10:00:00+01:00
+0s Mira writes "Thanks for nothing, my bag is lost and this is terrible."
  full receipt
  priority high
  mood negative
+5m marta says the mood is positive
  mood positive
  priority low
  label positive en, was negative
  why marta says that the mood is positive, not negative
  promise given
# Said again, it is the same label; what triage had read stays known.
+1m marta says the mood is neutral
  mood neutral
  priority normal
  label neutral en, was negative
  why priority normal, not low
# It is kept under the language that the message is in.
+1m marta says the language is it
  language it
  contact speaks it
  label taken back en
  label neutral it, was negative
  mood neutral
+1m Mira goes on "My bag is lost and nobody answers, this is unacceptable!"
  priority high
# What waits beside it still counts, and what came before the newest is not the mood of the conversation.
+1m marta says the mood is positive of the first
  mood negative
  priority high
  label positive it, was negative
+1m oleg answers
+1m marta says the mood is positive of the first
  status pending
  priority high
+1m ana resolves
+1m marta says the priority is urgent
  refused: not_open
+1m marta says the mood is negative of the first
  label negative it, was negative
  status resolved
