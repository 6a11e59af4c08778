import { describeOnDocker } from './conform.ts'

describeOnDocker('once')
