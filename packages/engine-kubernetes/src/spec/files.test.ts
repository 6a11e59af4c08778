import { expect, test } from 'vitest'
import { buildPodTemplate } from './deployment.ts'
import { exampleRelease } from './example-release.ts'
import { buildFiles, markFound, readFileMarks } from './files.ts'
import { buildJob } from './job.ts'

const files = {
  '/etc/app/motd': { text: 'hello\n' },
  '/opt/run': { text: '#!/bin/sh\n', mode: '0555' },
}

test('a revision has a ConfigMap of its own, from which each file is mounted at its path', () => {
  const release = exampleRelease({ files })
  const [config] = buildFiles(release)
  expect(config).toMatchObject({
    metadata: { name: 'shop-files-r3', namespace: 'shops', labels: { 'stevedore.io/revision': '3' } },
    data: { 'etc_.app_.motd': 'hello\n', 'opt_.run': '#!/bin/sh\n' },
  })
  const template = buildPodTemplate(release, 'main', { minor: 30, envSecret: undefined })
  const items = [
    { key: 'etc_.app_.motd', path: 'etc_.app_.motd', mode: 0o444 },
    { key: 'opt_.run', path: 'opt_.run', mode: 0o555 },
  ]
  expect(template.spec.volumes).toEqual([{ name: 'files', configMap: { name: 'shop-files-r3', items } }])
  const mounts = [
    { name: 'files', mountPath: '/etc/app/motd', subPath: 'etc_.app_.motd', readOnly: true },
    { name: 'files', mountPath: '/opt/run', subPath: 'opt_.run', readOnly: true },
  ]
  expect(template.spec.containers[0]?.volumeMounts).toEqual(mounts)
  const job = buildJob(release, template, { role: 'migrate', command: ['migrate'], timeoutSeconds: 60 })
  expect(job.spec.template.spec.containers[0]?.volumeMounts).toEqual(mounts)
})

test('what is no text is kept to the byte, and what was changed by hand is told', () => {
  const release = exampleRelease({})
  release.settings.files = { '/a': { encoded: '/wBB', mode: '0444' } }
  const [config] = buildFiles(release)
  expect(config).toMatchObject({ binaryData: { a: '/wBB' } })
  expect(config).not.toHaveProperty('data')
  const [[path, mark] = ['', '']] = readFileMarks(config!)
  expect(markFound(config!, path)).toBe(mark)
  expect(markFound({ data: { a: 'other' } }, path)).not.toBe(mark)
  expect(markFound({}, path)).toBeUndefined()
})

test('a release without files has nothing of it', () => {
  expect(buildFiles(exampleRelease({}))).toEqual([])
})
