import { expect, test } from 'vitest'
import { buildPodTemplate } from './deployment.ts'
import { exampleRelease } from './example-release.ts'
import { buildCommand, buildJob } from './job.ts'

test('a job runs once, in the release’s pod less what serves, out of reach of its Service', () => {
  const release = exampleRelease({ health: { path: '/health' }, env: { A: '1' } })
  const template = buildPodTemplate(release, 'main', { minor: 20, envSecret: undefined })
  const job = buildJob(release, template, {
    role: 'check',
    command: ['probe'],
    timeoutSeconds: 60,
    env: { CHECK_URL: 'http://x' },
  })
  expect(job.metadata).toMatchObject({
    name: 'shop-check-r3',
    labels: { 'stevedore.io/role': 'check', 'stevedore.io/revision': '3' },
  })
  expect(job.spec).toMatchObject({ backoffLimit: 0, activeDeadlineSeconds: 60 })
  expect(job.spec?.template.metadata?.labels).toEqual({
    'app.kubernetes.io/managed-by': 'stevedore',
    'app.kubernetes.io/name': 'shop',
    'stevedore.io/role': 'check',
    'stevedore.io/revision': '3',
  })
  const { containers, restartPolicy, securityContext } = job.spec!.template.spec!
  expect({ restartPolicy, securityContext }).toMatchObject({
    restartPolicy: 'Never',
    securityContext: { runAsNonRoot: true },
  })
  expect(containers).toEqual([
    {
      name: 'shop',
      image: release.image,
      imagePullPolicy: 'IfNotPresent',
      command: ['probe'],
      env: [
        { name: 'A', value: '1' },
        { name: 'CHECK_URL', value: 'http://x' },
      ],
      securityContext: template.spec!.containers[0]!.securityContext,
    },
  ])
})

test('a command with a terminal has one, and is not the first process of its container', () => {
  const release = exampleRelease({ env: { A: '1' } })
  const template = buildPodTemplate(release, 'main', { minor: 20, envSecret: undefined })
  const build = (hasTerminal: boolean) =>
    buildCommand(release, template, { jobId: 'ab'.repeat(8), command: ['sh'], timeoutSeconds: 60, hasTerminal })
  const { parallelism, template: pod } = build(true).spec!
  expect({ parallelism, shared: pod.spec?.shareProcessNamespace }).toEqual({ parallelism: 0, shared: true })
  expect(pod.spec?.containers).toMatchObject([
    {
      stdin: true,
      tty: true,
      env: [
        { name: 'TERM', value: 'xterm-256color' },
        { name: 'A', value: '1' },
      ],
    },
  ])
  const plain = build(false).spec!.template.spec!
  expect(plain).not.toHaveProperty('shareProcessNamespace')
  expect(plain.containers[0]).not.toHaveProperty('tty')
})
