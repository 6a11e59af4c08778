import { expect, test } from 'vitest'
import { guessHealthPath } from './guess-health-path.ts'

test.each([
  ['curl -f http://localhost:3000/health || exit 1', 3000, '/health'],
  [['curl', '-fs', 'http://127.0.0.1:3000'], 3000, '/'],
  ["wget -q --spider 'http://[::1]/up?full=1'", 80, '/up?full=1'],
  ['curl -f http://localhost:9000/health', 3000, undefined],
  ['curl -f https://localhost:3000/health', 3000, undefined],
  ['curl -f http://example.com:3000/health', 3000, undefined],
  ['curl -H "Host: a" http://localhost:3000/health', 3000, undefined],
  ['curl -X POST http://localhost:3000/health', 3000, undefined],
  ['curl http://localhost:3000/$PATH_OF', 3000, undefined],
  ['curl http://localhost:3000/a && curl http://localhost:3000/b', 3000, undefined],
  ['pg_isready', 3000, undefined],
])('%j on port %d asks for %j', (command, port, path) => {
  expect(guessHealthPath(command, port)).toBe(path)
})
