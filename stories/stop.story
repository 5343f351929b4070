# Who asks for no more receipts gets none, today and later; people still answer.
begin 2026-11-23T10:00:00+01:00
+0s Kim writes "stop", on custom, stop
  no receipt: opted_out
+48h Kim writes "Where is my bag?", on custom
  no receipt: opted_out
  target first_response
