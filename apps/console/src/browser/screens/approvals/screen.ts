import { stubScreen } from '../../parts/stub.ts'

export const approvalsScreen = stubScreen('/console/approvals', 'Approvals', {
  word: 'Approvals',
  icon: 'stamp',
  key: 'a',
})
