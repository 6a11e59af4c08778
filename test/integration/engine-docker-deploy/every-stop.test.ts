import { describeOnDocker } from './conform.ts'

describeOnDocker('every-stop')
