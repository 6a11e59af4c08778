CREATE TABLE "grants" (
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"context" text NOT NULL,
	"app" text NOT NULL,
	"access" text NOT NULL,
	"cause" text NOT NULL,
	"granted_by" text NOT NULL,
	"granted_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "grants_kind_name_context_app_pk" PRIMARY KEY("kind","name","context","app")
);
--> statement-breakpoint
-- What apps declare and run with is taken as it is found, also what several share: nothing that works stops. By the names under which
-- packages/contract/src/app-spec/resources.ts knows them.
WITH used AS (
  SELECT a.app, coalesce(s.spec -> 'image', '{}') AS image, e.value AS settings
  FROM apps a
  JOIN app_specs s ON s.app = a.app AND s.spec_version = a.spec_version
  LEFT JOIN LATERAL jsonb_each(s.spec -> 'environments') e ON true
  WHERE a.retired_at IS NULL
  UNION ALL
  SELECT r.app, NULL, r.settings
  FROM environments v
  JOIN revisions r ON r.app = v.app AND r.environment = v.environment AND r.number = v.current_revision
), images AS (
  SELECT app, coalesce(image ->> 'registry', 'localhost') || '/' || coalesce(image ->> 'name', app) AS name FROM used WHERE image IS NOT NULL
  UNION
  SELECT r.app, split_part(r.image, '@', 1)
  FROM environments v
  JOIN revisions r ON r.app = v.app AND r.environment = v.environment AND r.number = v.current_revision
  WHERE r.image NOT LIKE 'sha256:%'
), repositories AS (
  SELECT app, regexp_replace(
    regexp_replace(
      regexp_replace(name, '^([^/]+):443/', '\1/'),
      '^(index\.docker\.io|registry-1\.docker\.io|registry\.hub\.docker\.com)/', 'docker.io/'),
    '^docker\.io/([^/]+)$', 'docker.io/library/\1') AS name
  FROM images
), clusters AS (
  SELECT app, settings ->> 'namespace' AS namespace, coalesce(settings ->> 'context', '') AS context,
    coalesce(settings ->> 'deployment', app) AS deployment
  FROM used WHERE settings ->> 'engine' = 'kubernetes'
), hosts AS (
  SELECT u.app, CASE jsonb_typeof(h.host) WHEN 'string' THEN h.host #>> '{}' ELSE h.host ->> 'name' END AS name
  FROM used u
  CROSS JOIN LATERAL (
    SELECT jsonb_path_query(u.settings, 'lax $.host[*]') AS host
    UNION ALL SELECT jsonb_path_query(u.settings, 'lax $.ingress.host[*]')
    UNION ALL SELECT jsonb_path_query(u.settings, 'lax $.ports[*].host[*]')
  ) h
), found AS (
  SELECT 'repository' AS kind, name, '' AS context, app FROM repositories WHERE name NOT LIKE 'docker.io/library/%'
  UNION SELECT 'namespace', namespace, context, app FROM clusters
  UNION SELECT 'deployment', namespace || '/' || deployment, context, app FROM clusters
  UNION SELECT 'host', name, '', app FROM hosts
)
INSERT INTO grants (kind, name, context, app, access, cause, granted_by)
SELECT kind, name, context, app, 'own', 'found', 'system' FROM found WHERE name IS NOT NULL
-- Which Dockerfile begins from which repository shows no spec: every app goes on to build from those that there were.
UNION ALL
SELECT DISTINCT kind, name, context, '*', 'read', 'found', 'system' FROM found WHERE kind = 'repository'
ON CONFLICT DO NOTHING;
