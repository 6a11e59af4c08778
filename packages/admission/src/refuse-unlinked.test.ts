import { environmentSpec } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { refuseUnlinked } from './refuse-unlinked.ts'

const own = (more: object = {}) => {
  return {
    app: 'shop',
    environment: 'production',
    settings: environmentSpec.parse({ engine: 'docker', links: ['mail'], ...more }),
  }
}
const mail = (more: object, { declared = true, environment = 'production' } = {}) => {
  const settings = environmentSpec.parse({ engine: 'docker', ...more })
  return { app: 'mail', environment, settings, runs: !declared, ...(declared ? { declaredAt: new Date() } : {}) }
}
const all = () => true
const none = () => false

test('a link that both specs have is none to refuse, deployed or not', () => {
  expect(refuseUnlinked(own(), [mail({ linkedBy: ['shop'] })], all)).toBeUndefined()
  expect(refuseUnlinked(own(), [mail({ linkedBy: ['cart', 'shop/production'] })], none)).toBeUndefined()
  const other = mail({ linkedBy: ['shop/production'] }, { environment: 'test' })
  expect(refuseUnlinked(own({ links: ['mail/test'] }), [other], all)).toBeUndefined()
})

test('one that the other side does not have is refused with what has to be added, whatever runs there', () => {
  const runs = mail({ linkedBy: ['shop'] }, { declared: false })
  for (const found of [mail({}), mail({ linkedBy: ['shop/test'] })])
    expect(refuseUnlinked(own(), [found, runs], all)).toMatchObject({
      code: 'link-refused',
      message: expect.stringContaining(
        'mail/production does not let shop/production in: add `linkedBy: [shop]` to the environment production of mail and `stevedore apply` it',
      ),
    })
  const other = mail({ linkedBy: ['shop'] }, { environment: 'test' })
  expect(refuseUnlinked(own({ links: ['mail/test'] }), [other], all)?.message).toContain('linkedBy: [shop/production]')
})

test('what is not there, and what the caller may not see, are told alike', () => {
  const absent = refuseUnlinked(own(), [], none)?.message
  expect(absent).toContain('there is no mail/production that lets shop/production in')
  expect(refuseUnlinked(own(), [mail({})], none)?.message).toBe(absent)
})

test('a link stays on its host', () => {
  const linkedBy = ['shop']
  const message = (from: object, to: object) => refuseUnlinked(own(from), [mail({ linkedBy, ...to })], all)?.message
  expect(message({ hosts: ['one', 'two'] }, { hosts: ['two'] })).toContain('does not run on one')
  expect(message({ hosts: ['one'] }, { hosts: ['two', 'one'] })).toBeUndefined()
  expect(message({}, { hosts: ['one'] })).toContain("does not run on the worker's own engine")
})
