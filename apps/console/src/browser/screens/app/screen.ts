import { stubScreen } from '../../parts/stub.ts'

export const appScreen = stubScreen('/console/apps/:app', 'App')
