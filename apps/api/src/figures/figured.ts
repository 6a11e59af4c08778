import type { ApiOptions } from '../context.ts'

/** What figures are read from and shown in. */
export type Figured = Pick<ApiOptions, 'ledger' | 'metrics'>
