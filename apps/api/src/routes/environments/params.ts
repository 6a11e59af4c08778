import { appName, environmentName } from '@stevedore/contract'
import { z } from 'zod'

export const environmentParams = z.object({ app: appName, environment: environmentName })
