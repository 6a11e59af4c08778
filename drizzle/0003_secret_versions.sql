CREATE TABLE "secret_versions" (
	"name" text NOT NULL,
	"app" text NOT NULL,
	"environment" text NOT NULL,
	"version" integer NOT NULL,
	"sealed" "bytea" NOT NULL,
	"fingerprint" text NOT NULL,
	CONSTRAINT "secret_versions_name_app_environment_version_pk" PRIMARY KEY("name","app","environment","version")
);
--> statement-breakpoint
ALTER TABLE "revisions" ADD COLUMN "secrets" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "secrets" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "secret_versions" ADD CONSTRAINT "secret_versions_of_secret" FOREIGN KEY ("name","app","environment") REFERENCES "public"."secrets"("name","app","environment") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
-- A value that a revision may have been given is never overwritten, whoever stores another one: processes of an earlier version of the
-- service, which know of no versions, may run beside this one.
CREATE FUNCTION keep_secret_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := OLD.version;
  IF NEW.fingerprint <> OLD.fingerprint THEN
    INSERT INTO secret_versions (name, app, environment, version, sealed, fingerprint)
      VALUES (OLD.name, OLD.app, OLD.environment, OLD.version, OLD.sealed, OLD.fingerprint);
    NEW.version := OLD.version + 1;
  END IF;
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER secrets_keep_version BEFORE UPDATE ON secrets FOR EACH ROW EXECUTE FUNCTION keep_secret_version();
