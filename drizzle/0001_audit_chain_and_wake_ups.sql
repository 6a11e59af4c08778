-- The audit chain. Each entry's number and hash are given here, so that they hold for whoever inserts. The advisory lock makes
-- the writers take turns until their transaction ends: no fork, no gap. A transaction therefore appends last of all.
-- The canonical form is repeated in packages/ledger/src/audit/entry-hash.ts; a test holds the two equal.
CREATE FUNCTION audit_hash(entry audit) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT encode(sha256(convert_to(json_build_array(
    entry.format, entry.seq, to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), entry.actor, entry.action,
    entry.app, entry.environment, entry.job_id, entry.detail::text, entry.prev_hash
  )::text, 'UTF8')), 'hex')
$$;
--> statement-breakpoint
CREATE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  head record;
BEGIN
  PERFORM pg_advisory_xact_lock(7070, 1);
  SELECT seq, hash INTO head FROM audit ORDER BY seq DESC LIMIT 1;
  NEW.format := 1;
  NEW.seq := coalesce(head.seq, 0) + 1;
  NEW.at := now();
  NEW.prev_hash := coalesce(head.hash, repeat('0', 64));
  NEW.hash := audit_hash(NEW);
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER audit_chain BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_chain();
--> statement-breakpoint
CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit entries are never changed' USING ERRCODE = '42501';
END
$$;
--> statement-breakpoint
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
--> statement-breakpoint
-- Also under session_replication_role = replica, which turns ordinary triggers off.
ALTER TABLE audit ENABLE ALWAYS TRIGGER audit_append_only;
--> statement-breakpoint
REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM PUBLIC;
--> statement-breakpoint
-- Wake-ups: whoever LISTENs is told at commit, once per transaction and payload.
CREATE FUNCTION wake_dispatcher() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('stevedore_outbox', '');
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER outbox_wakes_dispatcher AFTER INSERT OR UPDATE OF ready_at ON outbox FOR EACH STATEMENT EXECUTE FUNCTION wake_dispatcher();
--> statement-breakpoint
CREATE FUNCTION wake_job_watchers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('stevedore_job', NEW.job_id::text);
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER events_wake_watchers AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION wake_job_watchers();
--> statement-breakpoint
CREATE TRIGGER log_wakes_watchers AFTER INSERT ON log_chunks FOR EACH ROW EXECUTE FUNCTION wake_job_watchers();
