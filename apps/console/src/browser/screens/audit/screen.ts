import { stubScreen } from '../../parts/stub.ts'

export const auditScreen = stubScreen('/console/audit', 'Audit', { word: 'Audit', icon: 'scroll-text', key: 'l' })
