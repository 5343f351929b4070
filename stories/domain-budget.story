# A domain that has had its receipts of the hour: kept, assigned, promised to nobody, and said why.
begin 2026-11-23T10:00:00+01:00
the budget of the domain is spent
+0s Mira writes "My bag is lost!"
  no receipt: over_budget_domain
  target first_response
