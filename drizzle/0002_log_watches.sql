CREATE TABLE "log_watches" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"app" text NOT NULL,
	"environment" text NOT NULL,
	"follow" boolean NOT NULL,
	"tail_lines" integer NOT NULL,
	"taken_by" text,
	"wanted_until" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"failure" text
);
--> statement-breakpoint
CREATE TABLE "watched_lines" (
	"watch_id" uuid NOT NULL,
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "watched_lines_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"line" text NOT NULL,
	CONSTRAINT "watched_lines_watch_id_seq_pk" PRIMARY KEY("watch_id","seq")
);
--> statement-breakpoint
ALTER TABLE "watched_lines" ADD CONSTRAINT "watched_lines_watch_id_log_watches_id_fk" FOREIGN KEY ("watch_id") REFERENCES "public"."log_watches"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "log_watches_by_need" ON "log_watches" USING btree ("wanted_until");