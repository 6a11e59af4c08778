import { stubScreen } from '../../parts/stub.ts'

export const logScreen = stubScreen('/console/jobs/:id/log', 'Log')
