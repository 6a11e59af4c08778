ALTER TABLE "revisions" ADD COLUMN "default_memory" text;--> statement-breakpoint
-- A host that was vouched for without a port was so for each of its ports: what was declared there by then may be there still.
INSERT INTO "vouched_hosts" ("host")
  SELECT place FROM (
    SELECT spec -> 'image' ->> 'registry' AS place FROM app_specs
    UNION SELECT registry FROM images
    UNION SELECT split_part(image, '/', 1) FROM revisions WHERE image LIKE '%/%'
    UNION SELECT substring(address FROM '^https?://(?:[^/?#]*@)?([^/?#@]+)')
      FROM (
        SELECT lower(jsonb_path_query(spec, '$.environments.*.strategy.analysis.prometheus') #>> '{}') AS address FROM app_specs
      ) AS declared
  ) AS places
  WHERE place ~ ':\d+$' AND regexp_replace(place, ':\d+$', '') IN (SELECT host FROM vouched_hosts)
ON CONFLICT DO NOTHING;
