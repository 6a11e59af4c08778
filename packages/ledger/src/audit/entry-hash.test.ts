import { expect, test } from 'vitest'
import { genesisHash, type HashedEntry, hashEntry } from './entry-hash.ts'

const entry: HashedEntry = {
  format: 1,
  seq: 1,
  at: new Date('2025-01-02T03:04:05.678Z'),
  actor: 'token:ada "a\\b" ü €',
  action: 'job.requested',
  app: 'shop',
  environment: null,
  jobId: '0a1b2c3d-0000-4000-8000-000000000000',
  detail: '{"kind":"build"}',
  prevHash: genesisHash,
}

// printf '%s' '[1, 1, "2025-01-02T03:04:05.678Z", …]' | sha256sum
test('format 1 stays what it was when the first entries were written', () => {
  expect(hashEntry(entry)).toBe('3e8deb8b7eda32fbb4e81186bc03f0c65ffc719f1a0904f20e0e16e9b203af4d')
})

test('each field counts, and none can take over from its neighbour', () => {
  const changes: Partial<HashedEntry>[] = [
    { format: 2 },
    { seq: 2 },
    { at: new Date('2025-01-02T03:04:05.679Z') },
    { actor: 'token:bob' },
    { action: 'job.approve' },
    { app: null },
    { environment: 'shop', app: null },
    { jobId: null },
    { detail: '{"kind": "build"}' },
    { prevHash: '1'.repeat(64) },
  ]
  const hashes = changes.map((change) => hashEntry({ ...entry, ...change }))
  expect(new Set([hashEntry(entry), ...hashes]).size).toBe(changes.length + 1)
})
