import fc from 'fast-check'
import { expect, test } from 'vitest'
import { writeFrame } from './sse.ts'

test('whatever an event carries, its frame is three lines and a blank one, which say it again', () => {
  const data = fc.jsonValue({ stringUnit: 'binary' })
  fc.assert(
    fc.property(fc.nat(), fc.stringMatching(/^[a-z.-]+$/), data, (id, event, carried) => {
      const lines = writeFrame({ id, event, data: carried }).split('\n')
      expect(lines.slice(0, 2)).toEqual([`id: ${id}`, `event: ${event}`])
      expect(JSON.parse(lines[2]?.replace(/^data: /, '') ?? '')).toEqual(JSON.parse(JSON.stringify(carried)))
      expect(lines.slice(3)).toEqual(['', ''])
      expect(lines.join('')).not.toContain('\r')
    }),
  )
})
