# A sender whose name is not proved: a person looks at it, but no receipt goes to whoever was impersonated.
begin 2026-11-23T10:00:00+01:00
+0s Mallory writes "Please confirm my booking.", silenced unauthenticated
  no receipt: unauthenticated
  target first_response
