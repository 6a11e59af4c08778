import { expect, test } from 'vitest'
import * as args from './arguments.ts'
import type { Remote } from './remote.ts'

const repository = '/w/repo'
const ref = 'refs/heads/main'
const commit = 'a'.repeat(40)

const settings = (lines: string[]) => lines.filter((_, index) => index % 2 === 1)

test('every process runs nothing of a repository and speaks one scheme', () => {
  const lines = args.safetySettings('https')
  expect(lines.filter((_, index) => index % 2 === 0).every((flag) => flag === '-c')).toBe(true)
  expect(settings(lines)).toEqual([
    'protocol.allow=never',
    'protocol.https.allow=always',
    'core.hooksPath=/dev/null',
    'core.attributesFile=/dev/null',
    'core.fsmonitor=false',
    'core.protectNTFS=true',
    'core.protectHFS=true',
    'core.bigFileThreshold=32m',
    'submodule.recurse=false',
    'fetch.recurseSubmodules=false',
    'transfer.fsckObjects=true',
    'fetch.fsck.badTimezone=ignore',
    'fetch.fsck.missingSpaceBeforeDate=ignore',
    'fetch.fsck.zeroPaddedFilemode=ignore',
    'credential.helper=',
    'gc.auto=0',
    'maintenance.auto=false',
  ])
  expect(settings(args.safetySettings('none')).slice(0, 2)).toEqual([
    'protocol.allow=never',
    'core.hooksPath=/dev/null',
  ])
})

test('an https host is pinned to the addresses that were judged', () => {
  const remote: Remote = {
    url: 'https://git.test:8443/a',
    scheme: 'https',
    host: 'git.test',
    port: 8443,
    addresses: ['1.2.3.4', '2001:db8::1'],
  }
  expect(settings(args.remoteSettings(remote, '/ca.pem'))).toEqual([
    'remote.origin.url=https://git.test:8443/a',
    'http.followRedirects=false',
    'http.proxy=',
    'http.lowSpeedLimit=1000',
    'http.lowSpeedTime=30',
    'http.curloptResolve=git.test:8443:1.2.3.4,[2001:db8::1]',
    'http.sslCAInfo=/ca.pem',
  ])
})

test('ssh and file need no more than the address', () => {
  const remote: Remote = { url: 'file:///r', scheme: 'file', host: '', port: 0, addresses: [] }
  expect(args.remoteSettings(remote, '/ca.pem')).toEqual(['-c', 'remote.origin.url=file:///r'])
})

test('each command is an array in which nothing given can become an option', () => {
  const fetch = ['--git-dir=/w/repo', 'fetch', '--quiet', '--no-recurse-submodules', '--no-write-fetch-head']
  const list = ['ls-remote', '--heads', '--tags', '--end-of-options', 'origin']
  expect(args.initArguments(repository, commit)).toEqual([
    'init',
    '--quiet',
    '--bare',
    '--template=',
    '--object-format=sha1',
    '--end-of-options',
    '/w/repo',
  ])
  expect(args.initArguments(repository, 'b'.repeat(64))).toContain('--object-format=sha256')
  expect(args.listArguments(undefined)).toEqual(list)
  expect(args.listArguments('--upload-pack=x')).toEqual([
    ...list,
    'refs/heads/--upload-pack=x',
    'refs/tags/--upload-pack=x',
    'refs/tags/--upload-pack=x^{}',
  ])
  expect(args.listArguments(ref)).toEqual([...list, ref])
  expect(args.listArguments('refs/tags/v1')).toEqual([...list, 'refs/tags/v1', 'refs/tags/v1^{}'])
  expect(args.fetchWholeArguments(repository, ref)).toContain('--depth=2147483647')
  expect(args.fetchSourceArguments(repository, ref)).toEqual([
    ...fetch,
    '--no-tags',
    '--depth=1',
    '--end-of-options',
    'origin',
    '+refs/heads/main:refs/stevedore/source',
  ])
  expect(args.fetchHistoryArguments(repository, ref)).toEqual([
    ...fetch,
    '--filter=tree:0',
    '--depth=1000',
    '--end-of-options',
    'origin',
    '+refs/heads/main:refs/stevedore/source',
  ])
  expect(args.fetchAllHistoryArguments(repository, undefined)).toEqual([
    ...fetch,
    '--filter=tree:0',
    '--end-of-options',
    'origin',
    '+refs/heads/*:refs/heads/*',
    '+refs/tags/*:refs/tags/*',
  ])
  expect(args.containsArguments(repository, commit)).toEqual([
    '--git-dir=/w/repo',
    'for-each-ref',
    '--count=1',
    `--contains=${commit}`,
    'refs/heads',
    'refs/tags',
    'refs/stevedore/source',
  ])
  expect(args.describeArguments(repository, commit)).toEqual([
    '--git-dir=/w/repo',
    'describe',
    '--tags',
    '--always',
    '--end-of-options',
    commit,
  ])
  expect(args.checkOutArguments(repository, '/w/dir')).toEqual([
    '--git-dir=/w/repo',
    '--work-tree=/w/dir',
    'checkout',
    '--quiet',
    '--force',
    '--detach',
    'refs/stevedore/source',
    '--',
  ])
})
