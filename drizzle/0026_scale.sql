ALTER TABLE "revisions" ADD COLUMN "target" text;--> statement-breakpoint
ALTER TABLE "revisions" ADD COLUMN "scale" jsonb;