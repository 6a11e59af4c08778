CREATE TABLE "schedules" (
	"app" text NOT NULL,
	"environment" text NOT NULL,
	"name" text NOT NULL,
	"declared" jsonb NOT NULL,
	"next_at" timestamp (3) with time zone,
	"last_due_at" timestamp (3) with time zone,
	"last_outcome" text,
	"last_reason" text,
	"last_job_id" uuid,
	CONSTRAINT "schedules_app_environment_name_pk" PRIMARY KEY("app","environment","name")
);
--> statement-breakpoint
ALTER TABLE "schedules" ADD CONSTRAINT "schedules_app_apps_app_fk" FOREIGN KEY ("app") REFERENCES "public"."apps"("app") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "schedules_due" ON "schedules" USING btree ("next_at");