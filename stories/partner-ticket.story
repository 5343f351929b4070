# A partner's system writes "Auto-Submitted: auto-generated": stored and queued as any matter, only not receipted.
begin 2026-11-23T10:00:00+01:00
+0s Partner writes "Ticket 4711: your passenger's bag is lost at our belt.", silenced auto_submitted
  no receipt: auto_submitted
  target first_response
