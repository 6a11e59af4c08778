import { stubScreen } from '../../parts/stub.ts'

export const queueScreen = stubScreen('/console/queue', 'Queue', { word: 'Queue', icon: 'list-ordered', key: 'q' })
