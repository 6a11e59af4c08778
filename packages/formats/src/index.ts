export { findExcess, isTooDeep } from './check-yaml.ts'
export { findOddFlags, listOrigins } from './dockerfile/flags.ts'
export {
  type Instruction,
  parseInstructions,
  type Reading,
  readDirectives,
  readEscapeMark,
  readInstructions,
  splitLines,
} from './dockerfile/instructions.ts'
export { declare, type Given, readGlobals, type Scope, valuesOf } from './dockerfile/scope.ts'
export { countSteps, findNamed, findStage, listNeeded, listStages, type Stage } from './dockerfile/stages.ts'
export { expandWord, readJsonList, splitPaths, splitWords } from './dockerfile/words.ts'
