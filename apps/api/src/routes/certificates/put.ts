import { judgeCertificate } from '@stevedore/admission'
import { operations } from '@stevedore/contract'
import { putCertificate, readClock } from '@stevedore/ledger'
import { defineRoute } from '../../route.ts'
import { viewCertificate } from '../../views/certificate-view.ts'

export const putCertificateRoute = defineRoute(operations.putCertificate, {
  async handle({ context: { ledger }, params: { name }, body, by }) {
    const judged = judgeCertificate(body, await readClock(ledger))
    return viewCertificate(await putCertificate(ledger, { name, ...judged, by }))
  },
})
