-- Whoever inserts may have a temporary table of the same name, which would be found first: the chain is never looked for there.
ALTER FUNCTION audit_chain() SET search_path = public, pg_temp;
--> statement-breakpoint
ALTER FUNCTION audit_append_only() SET search_path = public, pg_temp;
