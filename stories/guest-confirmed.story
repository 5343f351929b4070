# Mira's husband answers in her thread: nobody knows him there. He gets a conversation and a receipt of his own, and an agent lets him in; from then on he
# takes part, and both write in one conversation.
begin 2026-11-23T10:00:00+01:00
+0s Mira writes "Where is my bag?"
  full receipt
+5m Paolo goes on in Mira's conversation "It is my bag, too: the blue one."
  guest unconfirmed
  full receipt
  conversations 2
+1m ana confirms
  guest confirmed
  merged
  nothing is promised
+1m ana reopens
  refused: merged
+1m ana answers
  refused: merged
+5m Paolo goes on in Mira's conversation "It has wheels."
  joins Mira's conversation
  short receipt
  conversations 2
  answered-to Paolo
+5m Mira goes on "And a red ribbon."
  joins Mira's conversation
  conversations 2
  answered-to Mira
