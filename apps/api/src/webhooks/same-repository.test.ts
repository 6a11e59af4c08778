import { expect, test } from 'vitest'
import { isSameRepository } from './same-repository.ts'

const bound = 'https://git.example.com/acme/shop.git'

test.each([
  'https://git.example.com/acme/shop',
  'https://GIT.example.com/Acme/Shop.git/',
  'git@git.example.com:acme/shop.git',
  'ssh://git@git.example.com:2222/acme/shop.git',
])('%s is the bound one', (told) => {
  expect(isSameRepository(bound, told)).toBe(true)
})

test.each([
  'https://git.example.com/acme/shop-evil',
  'https://git.example.com/evil/acme/shop',
  'https://git.example.com.evil.example/acme/shop',
  'https://evil.example/git.example.com/acme/shop',
  'https://git.example.com/acme/shop?x=/acme/shop.git',
  'not an address',
  '',
])('%s is another', (told) => {
  expect(isSameRepository(bound, told)).toBe(false)
})
