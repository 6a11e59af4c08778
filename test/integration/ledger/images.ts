import type { ImageRecord } from '@stevedore/ledger'

export function newImage(
  app: string,
  version: string,
  extra: Partial<ImageRecord> = {},
): Omit<ImageRecord, 'jobId' | 'pullRequest' | 'createdAt' | 'pushedAt' | 'digest' | 'scan'> {
  const target = extra.target ?? 'production'
  const registry = 'registry.example.com'
  const name = `acme/${app}`
  const imageId = extra.imageId ?? `sha256:${'cd'.repeat(32)}`
  return {
    app,
    version,
    target,
    registry,
    name,
    tags: [`${registry}/${name}:${version}-${target}`],
    imageId,
    size: 4_096,
    report: {
      build_date: '2025-01-01T00:00:00Z',
      version,
      vcs_ref: 'abc',
      target,
      registry,
      image_name: name,
      digest: imageId,
      size: 4_096,
      duration_ms: 10,
      pushed: false,
    },
  }
}
