import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'postgresql',
  schema: './packages/ledger/src/foundation/schema/*.ts',
  out: './drizzle',
  casing: 'snake_case',
})
