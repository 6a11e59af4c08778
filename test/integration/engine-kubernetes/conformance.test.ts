import { describeOnKubernetes } from './conform.ts'

describeOnKubernetes('once')
