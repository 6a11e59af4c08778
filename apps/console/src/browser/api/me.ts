import type { Me } from '../state.ts'
import { send } from './client.ts'

/** Who is signed in. */
export async function loadMe(): Promise<Me> {
  return (await send('/v1/me', {})).json()
}
