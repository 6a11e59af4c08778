import { stubScreen } from '../../parts/stub.ts'

export const jobScreen = stubScreen('/console/jobs/:id', 'Job')
