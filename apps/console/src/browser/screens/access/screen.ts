import { stubScreen } from '../../parts/stub.ts'

export const accessScreen = stubScreen('/console/access', 'Access', { word: 'Access', icon: 'key-round', key: 't' })
