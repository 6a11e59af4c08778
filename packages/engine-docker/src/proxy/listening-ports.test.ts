import { expect, test } from 'vitest'
import { findListeningPorts } from './listening-ports.ts'

test('finds the ports that are listened on, in both families', () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1
   1: 0100007F:1F91 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 2
  sl  local_address                         remote_address                        st
   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000
`
  expect(findListeningPorts(table)).toEqual(new Set([8080, 80]))
})
