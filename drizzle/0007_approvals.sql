ALTER TABLE "tokens" ADD COLUMN "person" text;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "self_approval" boolean DEFAULT false NOT NULL;