ALTER TABLE "jobs" ADD COLUMN "outage_since" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "outage_tries" integer DEFAULT 0 NOT NULL;