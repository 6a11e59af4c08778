CREATE TABLE "terminal_pieces" (
	"job_id" uuid NOT NULL,
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "terminal_pieces_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"is_input" boolean NOT NULL,
	"sealed" "bytea" NOT NULL,
	CONSTRAINT "terminal_pieces_job_id_seq_pk" PRIMARY KEY("job_id","seq")
);
--> statement-breakpoint
CREATE TABLE "terminals" (
	"job_id" uuid PRIMARY KEY NOT NULL,
	"columns" integer NOT NULL,
	"rows" integer NOT NULL,
	"taken" integer NOT NULL,
	"wanted_until" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "terminal_pieces" ADD CONSTRAINT "terminal_pieces_job_id_terminals_job_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."terminals"("job_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "terminals" ADD CONSTRAINT "terminals_job_id_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."jobs"("id") ON DELETE cascade ON UPDATE no action;