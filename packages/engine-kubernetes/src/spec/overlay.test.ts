import { expect, test } from 'vitest'
import { overlayPod } from './overlay.ts'

test('an overlay merges lists by their key and replaces the rest', () => {
  const base = { containers: [{ name: 'a', command: ['x', 'y'] }], volumes: [{ name: 'v' }, { name: 'w' }] }
  const over = { containers: [{ name: 'a', command: ['z'] }], volumes: [{ name: 'w', emptyDir: {} }] }
  expect(overlayPod(base, over)).toEqual({
    containers: [{ name: 'a', command: ['z'] }],
    volumes: [{ name: 'v' }, { name: 'w', emptyDir: {} }],
  })
})
