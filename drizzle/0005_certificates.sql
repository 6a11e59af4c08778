CREATE TABLE "certificates" (
	"name" text PRIMARY KEY NOT NULL,
	"chain" text NOT NULL,
	"sealed" "bytea" NOT NULL,
	"fingerprint" text NOT NULL,
	"dns_names" text[] NOT NULL,
	"starts_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"put_by" text NOT NULL,
	"put_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"refusal" text
);
