import { environmentSpec } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { listLinking, noteLinks } from './note-links.ts'

const place = (app: string, more: object = {}, environment = 'production') => {
  return { app, environment, settings: environmentSpec.parse({ engine: 'docker', ...more }) }
}

test('a link whose other side comes later is told, with the command that brings it', () => {
  const shop = place('shop', { links: ['mail', 'bank/test'] })
  const running = [
    place('mail'),
    place('bank', { linkedBy: ['shop/production'] }, 'test'),
    place('mail', { linkedBy: ['shop'] }, 'test'),
  ]
  expect(noteLinks(shop, running)).toEqual([
    'links to mail/production, whose revision that runs does not let it in yet: `stevedore deploy mail production` brings that',
  ])
  expect(noteLinks(shop, running.slice(1))).toEqual([
    'links to mail/production, which does not run yet: its name leads nowhere until `stevedore deploy mail production`',
  ])
  expect(noteLinks(shop, [...running.slice(1), place('mail', { linkedBy: ['shop'] })])).toEqual([])
})

test('in a cluster the caller has to be deployed once more, whose pods are told an address', () => {
  const settings = environmentSpec.parse({ engine: 'kubernetes', namespace: 'shop', links: ['mail'] })
  expect(noteLinks({ app: 'shop', environment: 'production', settings }, [])[0]).toContain(
    'until `stevedore deploy mail production`, then `stevedore deploy shop production`',
  )
})

test('who links to an environment is told by the environments that run', () => {
  const running = [
    place('shop', { links: ['mail'] }),
    place('cart', { links: ['mail/production'] }, 'test'),
    place('desk', { links: ['mail'] }, 'test'),
  ]
  expect(listLinking({ app: 'mail', environment: 'production' }, running)).toEqual(['cart/test', 'shop/production'])
})
