CREATE TABLE "webhook_bindings" (
	"app" text PRIMARY KEY NOT NULL,
	"provider" text NOT NULL,
	"fingerprint" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "body_hash" text;--> statement-breakpoint
CREATE INDEX "deliveries_by_body" ON "deliveries" USING btree ("app","provider","body_hash");--> statement-breakpoint
CREATE INDEX "jobs_pushes" ON "jobs" USING btree ("app","delivery_seq") WHERE kind = 'build' and delivery_seq is not null;