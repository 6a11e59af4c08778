import { expect, test } from 'vitest'
import { makeEvent } from '../testing/make-event.ts'
import { makeJob } from '../testing/stub-api.ts'
import { connectTerminal } from '../testing/terminal.ts'
import { createLiveRenderer } from './live.ts'
import { plain } from './visible.ts'

function watch() {
  const { lines, out } = connectTerminal({ columns: 120, rows: 24 })
  const renderer = createLiveRenderer(out)
  const shown = () => {
    renderer.show(makeJob())
    return lines.map(plain).filter((line) => /^ {2}(replicas|traffic) /.test(line))
  }
  return { renderer, shown, [Symbol.dispose]: renderer.stop }
}

test('replicas that were stopped leave the panel', () => {
  using panel = watch()
  panel.renderer.event(makeEvent('replica.started', { replica: 'shop-1', revision: 1 }))
  panel.renderer.event(makeEvent('replica.started', { replica: 'shop-2', revision: 2 }))
  panel.renderer.event(makeEvent('replica.healthy', { replica: 'shop-2', revision: 2 }))
  expect(panel.shown()).toEqual(['  replicas  shop-1 started, shop-2 healthy'])
  panel.renderer.event(makeEvent('replica.stopped', { replica: 'shop-1', revision: 1 }))
  expect(panel.shown()).toEqual(['  replicas  shop-2 healthy'])
})

test('what is observed in the end counts: replicas of which no end was told are gone', () => {
  using panel = watch()
  panel.renderer.event(makeEvent('replica.healthy', { replica: 'shop-old', revision: 1 }))
  panel.renderer.event(makeEvent('traffic.shifted', { weights: { 1: 50, 2: 50 } }))
  expect(panel.shown()).toEqual(['  replicas  shop-old healthy', '  traffic   r1 50%, r2 50%'])
  const replicas = [
    { name: 'shop-a', revision: 2, healthy: true, state: 'Running' },
    { name: 'shop-b', revision: 2, healthy: false, state: 'Pending' },
  ]
  panel.renderer.event(makeEvent('rollout.observed', { replicas, traffic: { 2: 100 }, address: null }))
  expect(panel.shown()).toEqual(['  replicas  shop-a healthy, shop-b Pending', '  traffic   r2 100%'])
})
