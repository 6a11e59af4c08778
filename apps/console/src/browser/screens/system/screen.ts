import { stubScreen } from '../../parts/stub.ts'

export const systemScreen = stubScreen('/console/system', 'System', { word: 'System', icon: 'server', key: 's' })
