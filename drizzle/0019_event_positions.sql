CREATE SEQUENCE "public"."event_positions" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
ALTER TABLE "events" ADD COLUMN "position" bigint;--> statement-breakpoint
-- In a step of its own: a default that comes with the column would be given to every event that is there, and rewrite the table under a lock.
ALTER TABLE "events" ALTER COLUMN "position" SET DEFAULT nextval('event_positions');--> statement-breakpoint
CREATE UNIQUE INDEX "events_position" ON "events" USING btree ("position") WHERE position is not null;
