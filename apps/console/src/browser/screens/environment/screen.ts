import { stubScreen } from '../../parts/stub.ts'

export const environmentScreen = stubScreen('/console/apps/:app/:environment', 'Environment')
