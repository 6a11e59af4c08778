CREATE TABLE "workers" (
	"id" text PRIMARY KEY NOT NULL,
	"kinds" text[] NOT NULL,
	"sites" text[] NOT NULL,
	"away" jsonb NOT NULL,
	"started_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "workers_by_seen" ON "workers" USING btree ("seen_at");