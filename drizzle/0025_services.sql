CREATE TABLE "services" (
	"app" text NOT NULL,
	"environment" text NOT NULL,
	"name" text NOT NULL,
	"number" integer NOT NULL,
	"settings" jsonb NOT NULL,
	"spec_version" integer NOT NULL,
	"secrets" jsonb NOT NULL,
	"state" text NOT NULL,
	"job_id" uuid NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"activated_at" timestamp (3) with time zone,
	CONSTRAINT "services_app_environment_name_number_pk" PRIMARY KEY("app","environment","name","number")
);
--> statement-breakpoint
ALTER TABLE "services" ADD CONSTRAINT "services_job_id_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."jobs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "services" ADD CONSTRAINT "services_app_environment_environments_app_environment_fk" FOREIGN KEY ("app","environment") REFERENCES "public"."environments"("app","environment") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "services_by_job" ON "services" USING btree ("job_id","name");