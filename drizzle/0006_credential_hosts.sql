CREATE TABLE "vouched_hosts" (
	"host" text PRIMARY KEY NOT NULL
);
--> statement-breakpoint
ALTER TABLE "secrets" ADD COLUMN "hosts" text[];--> statement-breakpoint
-- Where the registries and metrics are that were declared so far, is where they may be.
INSERT INTO "vouched_hosts" ("host")
  SELECT spec -> 'image' ->> 'registry' FROM app_specs WHERE spec -> 'image' ->> 'registry' IS NOT NULL
  -- A build may name another; what it has made runs and is returned to.
  UNION SELECT registry FROM images WHERE registry <> 'localhost'
  UNION SELECT split_part(image, '/', 1) FROM revisions WHERE image LIKE '%/%' AND image NOT LIKE 'localhost/%';
--> statement-breakpoint
INSERT INTO "vouched_hosts" ("host")
  SELECT DISTINCT host || CASE WHEN host ~ ':\d+$' THEN '' WHEN address LIKE 'https:%' THEN ':443' ELSE ':80' END
  FROM (
    SELECT address, substring(address FROM '^https?://(?:[^/?#]*@)?([^/?#@]+)') AS host
    FROM (
      SELECT lower(jsonb_path_query(spec, '$.environments.*.strategy.analysis.prometheus') #>> '{}') AS address FROM app_specs
    ) AS declared
  ) AS places
  WHERE host IS NOT NULL
ON CONFLICT DO NOTHING;
