ALTER TABLE "deliveries" ADD COLUMN "event" text;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "reason" text;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "content" jsonb;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "redelivery_of" bigint;--> statement-breakpoint
CREATE INDEX "deliveries_by_app" ON "deliveries" USING btree ("app","seq" DESC NULLS LAST);