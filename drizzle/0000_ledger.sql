CREATE TABLE "app_specs" (
	"app" text NOT NULL,
	"spec_version" integer NOT NULL,
	"spec" jsonb NOT NULL,
	"declared_by" text NOT NULL,
	"declared_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "app_specs_app_spec_version_pk" PRIMARY KEY("app","spec_version")
);
--> statement-breakpoint
CREATE TABLE "apps" (
	"app" text PRIMARY KEY NOT NULL,
	"spec_version" integer NOT NULL,
	"retired_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "attempts" (
	"job_id" uuid NOT NULL,
	"attempt" integer NOT NULL,
	"worker_id" text NOT NULL,
	"started_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"outcome" text,
	"failure" jsonb,
	CONSTRAINT "attempts_job_id_attempt_pk" PRIMARY KEY("job_id","attempt")
);
--> statement-breakpoint
CREATE TABLE "audit" (
	"seq" bigint PRIMARY KEY DEFAULT 0 NOT NULL,
	"format" smallint DEFAULT 1 NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"actor" text NOT NULL,
	"action" text NOT NULL,
	"app" text,
	"environment" text,
	"job_id" uuid,
	"detail" json NOT NULL,
	"prev_hash" text DEFAULT '' NOT NULL,
	"hash" text DEFAULT '' NOT NULL
);
--> statement-breakpoint
CREATE TABLE "deliveries" (
	"app" text NOT NULL,
	"provider" text NOT NULL,
	"delivery_id" text NOT NULL,
	"received_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"completed_at" timestamp (3) with time zone,
	"job_ids" uuid[] DEFAULT '{}' NOT NULL,
	CONSTRAINT "deliveries_app_provider_delivery_id_pk" PRIMARY KEY("app","provider","delivery_id")
);
--> statement-breakpoint
CREATE TABLE "environments" (
	"app" text NOT NULL,
	"environment" text NOT NULL,
	"active_job_id" uuid,
	"current_revision" integer,
	"last_revision" integer DEFAULT 0 NOT NULL,
	"pinned_by" text,
	"pinned_at" timestamp (3) with time zone,
	"warm" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"observed" jsonb,
	"observed_at" timestamp (3) with time zone,
	CONSTRAINT "environments_app_environment_pk" PRIMARY KEY("app","environment")
);
--> statement-breakpoint
CREATE TABLE "events" (
	"job_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"type" text NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"data" jsonb NOT NULL,
	CONSTRAINT "events_job_id_seq_pk" PRIMARY KEY("job_id","seq")
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"actor" text NOT NULL,
	"key" text NOT NULL,
	"body_hash" text NOT NULL,
	"job_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_keys_actor_key_pk" PRIMARY KEY("actor","key")
);
--> statement-breakpoint
CREATE TABLE "images" (
	"app" text NOT NULL,
	"version" text NOT NULL,
	"target" text NOT NULL,
	"seq" bigserial NOT NULL,
	"registry" text NOT NULL,
	"name" text NOT NULL,
	"tags" text[] NOT NULL,
	"image_id" text NOT NULL,
	"digest" text,
	"size" bigint NOT NULL,
	"report" jsonb NOT NULL,
	"job_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"pushed_at" timestamp (3) with time zone,
	CONSTRAINT "images_app_version_target_pk" PRIMARY KEY("app","version","target")
);
--> statement-breakpoint
CREATE TABLE "jobs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "jobs_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"kind" text NOT NULL,
	"app" text NOT NULL,
	"environment" text,
	"spec_version" integer NOT NULL,
	"request" jsonb NOT NULL,
	"payload" jsonb NOT NULL,
	"next" jsonb NOT NULL,
	"state" text NOT NULL,
	"attempt" integer NOT NULL,
	"failures" integer DEFAULT 0 NOT NULL,
	"max_failures" integer NOT NULL,
	"losses" integer DEFAULT 0 NOT NULL,
	"max_losses" integer NOT NULL,
	"priority" integer DEFAULT 0 NOT NULL,
	"in_line" boolean NOT NULL,
	"approval" boolean NOT NULL,
	"queue" text NOT NULL,
	"waiting_for" text,
	"due_at" timestamp (3) with time zone,
	"control" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"progress" integer DEFAULT 0 NOT NULL,
	"worker_id" text,
	"lease_until" timestamp (3) with time zone,
	"result" jsonb,
	"error" jsonb,
	"parent_id" uuid,
	"requested_by" text NOT NULL,
	"correlation_id" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"queued_at" timestamp (3) with time zone,
	"started_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	"event_seq" integer DEFAULT 0 NOT NULL,
	"log_bytes" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "log_chunks" (
	"job_id" uuid NOT NULL,
	"start" bigint NOT NULL,
	"text" text NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "log_chunks_job_id_start_pk" PRIMARY KEY("job_id","start")
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "outbox_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"job_id" uuid NOT NULL,
	"attempt" integer NOT NULL,
	"kind" text NOT NULL,
	"priority" integer NOT NULL,
	"due_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"ready_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"published_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "revisions" (
	"app" text NOT NULL,
	"environment" text NOT NULL,
	"number" integer NOT NULL,
	"image" text NOT NULL,
	"version" text NOT NULL,
	"settings" jsonb NOT NULL,
	"spec_version" integer NOT NULL,
	"strategy" text NOT NULL,
	"state" text NOT NULL,
	"cause" text NOT NULL,
	"job_id" uuid NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"activated_at" timestamp (3) with time zone,
	CONSTRAINT "revisions_app_environment_number_pk" PRIMARY KEY("app","environment","number")
);
--> statement-breakpoint
CREATE TABLE "secrets" (
	"name" text NOT NULL,
	"app" text NOT NULL,
	"environment" text NOT NULL,
	"sealed" "bytea" NOT NULL,
	"fingerprint" text NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "secrets_name_app_environment_pk" PRIMARY KEY("name","app","environment")
);
--> statement-breakpoint
CREATE TABLE "steps" (
	"job_id" uuid NOT NULL,
	"name" text NOT NULL,
	"position" integer NOT NULL,
	"state" text NOT NULL,
	"attempt" integer NOT NULL,
	"result" jsonb,
	"failure" jsonb,
	"started_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "steps_job_id_name_pk" PRIMARY KEY("job_id","name")
);
--> statement-breakpoint
CREATE TABLE "tokens" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"hash" "bytea" NOT NULL,
	"role" text NOT NULL,
	"app" text,
	"environment" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"last_used_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "upload_chunks" (
	"upload_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"data" "bytea" NOT NULL,
	CONSTRAINT "upload_chunks_upload_id_position_pk" PRIMARY KEY("upload_id","position")
);
--> statement-breakpoint
CREATE TABLE "uploads" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"app" text NOT NULL,
	"bytes" bigint DEFAULT 0 NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"completed_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "app_specs" ADD CONSTRAINT "app_specs_app_apps_app_fk" FOREIGN KEY ("app") REFERENCES "public"."apps"("app") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_job_id_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."jobs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "environments" ADD CONSTRAINT "environments_app_apps_app_fk" FOREIGN KEY ("app") REFERENCES "public"."apps"("app") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "events" ADD CONSTRAINT "events_job_id_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."jobs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "images" ADD CONSTRAINT "images_app_apps_app_fk" FOREIGN KEY ("app") REFERENCES "public"."apps"("app") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "images" ADD CONSTRAINT "images_job_id_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."jobs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_app_spec_version_app_specs_app_spec_version_fk" FOREIGN KEY ("app","spec_version") REFERENCES "public"."app_specs"("app","spec_version") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "log_chunks" ADD CONSTRAINT "log_chunks_job_id_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."jobs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "outbox" ADD CONSTRAINT "outbox_job_id_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."jobs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "revisions" ADD CONSTRAINT "revisions_job_id_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."jobs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "revisions" ADD CONSTRAINT "revisions_app_environment_environments_app_environment_fk" FOREIGN KEY ("app","environment") REFERENCES "public"."environments"("app","environment") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "steps" ADD CONSTRAINT "steps_job_id_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."jobs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "upload_chunks" ADD CONSTRAINT "upload_chunks_upload_id_uploads_id_fk" FOREIGN KEY ("upload_id") REFERENCES "public"."uploads"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "audit_by_app" ON "audit" USING btree ("app","seq");--> statement-breakpoint
CREATE INDEX "audit_by_actor" ON "audit" USING btree ("actor","seq");--> statement-breakpoint
CREATE INDEX "audit_by_action" ON "audit" USING btree ("action","seq");--> statement-breakpoint
CREATE INDEX "audit_by_job" ON "audit" USING btree ("job_id","seq");--> statement-breakpoint
CREATE INDEX "deliveries_by_age" ON "deliveries" USING btree ("received_at");--> statement-breakpoint
CREATE UNIQUE INDEX "images_by_age" ON "images" USING btree ("app","seq" DESC NULLS LAST);--> statement-breakpoint
CREATE UNIQUE INDEX "jobs_seq" ON "jobs" USING btree ("seq");--> statement-breakpoint
CREATE INDEX "jobs_by_app" ON "jobs" USING btree ("app","seq" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "jobs_by_environment" ON "jobs" USING btree ("app","environment","seq" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "jobs_by_state" ON "jobs" USING btree ("state","seq" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "jobs_running" ON "jobs" USING btree ("seq") WHERE state = 'running';--> statement-breakpoint
CREATE INDEX "jobs_due" ON "jobs" USING btree ("due_at") WHERE state = 'waiting' and due_at is not null;--> statement-breakpoint
CREATE INDEX "jobs_line" ON "jobs" USING btree ("app","environment","seq") WHERE in_line and state in ('queued', 'running', 'waiting');--> statement-breakpoint
CREATE INDEX "jobs_by_parent" ON "jobs" USING btree ("parent_id") WHERE parent_id is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "outbox_message" ON "outbox" USING btree ("job_id","attempt");--> statement-breakpoint
CREATE INDEX "outbox_unpublished" ON "outbox" USING btree ("id") WHERE published_at is null;--> statement-breakpoint
CREATE INDEX "outbox_published" ON "outbox" USING btree ("published_at") WHERE published_at is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "revisions_by_job" ON "revisions" USING btree ("job_id");--> statement-breakpoint
CREATE UNIQUE INDEX "tokens_hash" ON "tokens" USING btree ("hash");--> statement-breakpoint
CREATE UNIQUE INDEX "tokens_name" ON "tokens" USING btree ("name") WHERE revoked_at is null;--> statement-breakpoint
CREATE INDEX "uploads_by_age" ON "uploads" USING btree ("created_at");