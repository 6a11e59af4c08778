import { notFound, operations } from '@stevedore/contract'
import { listCertificates } from '@stevedore/ledger'
import { wholePage } from '../../page.ts'
import { defineRoute } from '../../route.ts'
import { viewCertificate } from '../../views/certificate-view.ts'

export const listCertificatesRoute = defineRoute(operations.listCertificates, {
  async handle({ context: { ledger } }) {
    return wholePage((await listCertificates(ledger)).map(viewCertificate))
  },
})

export const getCertificateRoute = defineRoute(operations.getCertificate, {
  async handle({ context: { ledger }, params }) {
    const found = (await listCertificates(ledger)).find(({ name }) => name === params.name)
    if (!found) throw notFound()
    return viewCertificate(found)
  },
})
