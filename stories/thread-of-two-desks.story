# Another desk is mentioned in the same thread and answers whatever it sees. Marked as a bot it gets no receipt; unmarked, the same words again get none, nor do
# ever new ones for long.
begin 2026-11-23T10:00:00+01:00
+0s  Mira writes "@acmeair @railways which of you has my bag?", on mastodon
  full receipt
+2s  Railways goes on in Mira's conversation "We have your message.", on mastodon, machine bot
  no receipt: bot
+10s Otherdesk goes on in Mira's conversation "Thank you for your message. Somebody will answer soon.", on mastodon
  full receipt
+5s  Otherdesk answers the receipt "Thank you for your message. Somebody will answer soon.", on mastodon
  no receipt: repeated
+3m  Otherdesk answers the receipt "Thank you for message 2. Somebody will answer soon.", on mastodon
  short receipt
+3m  Otherdesk answers the receipt "Thank you for message 3. Somebody will answer soon.", on mastodon
  no receipt: repeated
