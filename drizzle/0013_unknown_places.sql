CREATE TABLE "unknown_places" (
	"app" text NOT NULL,
	"environment" text NOT NULL,
	"host" text NOT NULL,
	"replicas" integer NOT NULL,
	"revisions" jsonb NOT NULL,
	"claims" jsonb NOT NULL,
	"seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "unknown_places_app_environment_host_pk" PRIMARY KEY("app","environment","host")
);
