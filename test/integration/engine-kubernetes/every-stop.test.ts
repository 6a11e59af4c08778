import { describeOnKubernetes } from './conform.ts'

describeOnKubernetes('every-stop')
