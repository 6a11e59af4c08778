import { expect, test } from 'vitest'
import { failures } from '../errors/failures.ts'
import { imageTags } from '../jobs/build-report.ts'
import { jobRequest } from '../jobs/request.ts'
import { grants } from '../roles.ts'
import { duration } from './duration.ts'
import { durationMs } from './duration-ms.ts'
import { cpuCores, memoryBytes, memoryQuantity } from './quantity.ts'
import { cutStart, cutText, findDeceptiveText } from './text.ts'

test.each([
  ['500ms', 500],
  ['30s', 30_000],
  ['10m', 600_000],
  ['2h', 7_200_000],
  ['30d', 2_592_000_000],
])('%s is %d ms', (text, ms) => {
  expect(durationMs(text)).toBe(ms)
})

test.each(['', '5', 's', '-5s', '5 s', '1e3s', '5S', '5s\n'])('%j is no duration', (text) => {
  expect(duration('0s', '1d').safeParse(text).success).toBe(false)
})

test('a duration keeps to its bounds', () => {
  expect(duration('1s', '1m').safeParse('61s').success).toBe(false)
  expect(duration('1s', '1m').safeParse('60s').success).toBe(true)
})

test('quantities as Kubernetes writes them', () => {
  expect([cpuCores('250m'), cpuCores('1.5')]).toEqual([0.25, 1.5])
  expect([memoryBytes('512Mi'), memoryBytes('1G')]).toEqual([536_870_912, 1_000_000_000])
  expect(memoryQuantity.safeParse('1Mi').success).toBe(false)
})

test('an image is tagged by version and as the latest', () => {
  expect(imageTags('r.example.com', 'acme/shop', '1.0.0', 'production')).toEqual([
    'r.example.com/acme/shop:1.0.0-production',
    'r.example.com/acme/shop:latest-production',
  ])
})

test.each(['می\u200cخواهم', '👨\u200d👩\u200d👧', '❤️', '🏴󠁧󠁿'])('%j is spelling', (text) => {
  expect(findDeceptiveText({ text })).toBeUndefined()
})

test.each(['a\0b', 'a\u202eb', 'a\u2066b', 'a\u200fb', 'a\u200bb', '\ufeffa', '\ud800', 'x\udc00'])(
  '%j deceives',
  (text) => {
    expect(findDeceptiveText({ deep: [{ text }] })).toEqual(['deep', '0', 'text'])
    expect(findDeceptiveText({ [text]: 1 })).toEqual([])
  },
)

test('plain text of any language does not', () => {
  expect(findDeceptiveText({ name: 'Zoë 🚢 日本' })).toBeUndefined()
})

test('roles are not ordered: an approver need not be able to deploy', () => {
  expect([
    grants('approver', 'approve'),
    grants('approver', 'deploy'),
    grants('viewer', 'deploy'),
    grants('admin', 'administer'),
  ]).toEqual([true, false, false, true])
})

const digest = `sha256:${'a'.repeat(64)}`

test.each([
  { kind: 'build', app: 'shop' },
  { kind: 'push', app: 'shop', version: '1.0.0' },
  { kind: 'deploy', app: 'shop', environment: 'staging', image: `ghcr.io/acme/shop@${digest}` },
  { kind: 'deploy', app: 'shop', environment: 'staging', remove: true },
  { kind: 'rollback', app: 'shop', environment: 'staging', toRevision: 3 },
])('%j is taken', (request) => {
  expect(jobRequest.safeParse(request).success).toBe(true)
})

test.each([
  { kind: 'build', app: 'shop', status: 'succeeded' },
  { kind: 'build', app: 'shop', noCache: 'yes' },
  { kind: 'build', app: 'shop', version: 'v'.repeat(64) },
  { kind: 'push', app: 'shop' },
  { kind: 'push', app: 'shop', version: '1', image: 'x' },
  { kind: 'deploy', app: 'shop', environment: 'staging', version: 'latest' },
  { kind: 'deploy', app: 'shop', environment: 'staging', image: 'ghcr.io/acme/shop:1.0.0' },
  { kind: 'deploy', app: 'shop', environment: 'staging', image: `ghcr.io/acme/shop@sha256:abc` },
  { kind: 'deploy', app: 'shop', environment: 'staging', version: '1', image: `ghcr.io/a@${digest}` },
  { kind: 'rollback', app: 'shop', environment: 'staging', toRevision: 0 },
  { kind: 'drop', app: 'shop' },
])('%j is refused', (request) => {
  expect(jobRequest.safeParse(request).success).toBe(false)
})

test('a removal names nothing to deploy: every fault is told', () => {
  const excluded = { version: '1', image: `ghcr.io/a/b@${digest}`, target: 'x', dryRun: false, strategy: 'canary' }
  const refused = jobRequest.safeParse({
    kind: 'deploy',
    app: 'shop',
    environment: 'staging',
    remove: true,
    ...excluded,
  })
  const paths = new Set(refused.error?.issues.map(({ path }) => path.join('.')))
  expect([...paths].sort()).toEqual(Object.keys(excluded).sort())
})

test('every failure says what to do', () => {
  for (const [code, { title, remedy }] of Object.entries(failures))
    expect({ code, said: title !== '' && remedy !== '' }).toEqual({ code, said: true })
})

test.each([
  ['short', 5, 'short', 'short'],
  ['left secret right', 14, 'left secret … (cut)', '(cut) … secret right'],
  ['left secret right', 11, 'left secret … (cut)', '(cut) … right'],
  ['left secret right', 12, 'left secret … (cut)', '(cut) … secret right'],
  ['left secret right', 8, 'left … (cut)', '(cut) … right'],
  ['{"a":"secret","b":"secret"}', 24, '{"a":"secret","b": … (cut)', '(cut) … :"secret","b":"secret"}'],
  ['{"a":"secret"}', 9, '{"a": … (cut)', '(cut) … secret"}'],
  ['secret', 3, '… (cut)', '(cut) …'],
])('%j is cut to %d between words, at its end and at its beginning', (text, maxLength, beginning, end) => {
  expect(cutText(text, maxLength)).toBe(beginning)
  expect(cutStart(text, maxLength)).toBe(end)
})
